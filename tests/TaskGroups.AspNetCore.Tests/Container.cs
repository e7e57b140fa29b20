using Autofac.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The containers with which the tests of a request's services run.</summary>
public static class Container
{
    public const string BuiltIn = "built-in";

    /// <summary>Gives each service that asks for it a provider of its own, where the built-in one gives one provider per scope.</summary>
    public const string Autofac = "Autofac";

    public static TheoryData<string> All { get; } = [BuiltIn, Autofac];

    internal static void Use(WebApplicationBuilder builder, string container)
    {
        if (container == Autofac)
        {
            builder.Host.UseServiceProviderFactory(new AutofacServiceProviderFactory());
        }
    }
}
