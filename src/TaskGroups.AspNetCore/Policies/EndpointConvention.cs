using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

/// <summary>What <c>WithTaskGroup</c> does to an endpoint while it is built.</summary>
internal static class EndpointConvention
{
    /// <summary>Adds what the call says to the endpoint's metadata, and the filter that joins.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    public static TBuilder Add<TBuilder>(TBuilder builder, object statement)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Add(endpoint =>
        {
            ThrowIfNotRegistered(endpoint);
            endpoint.Metadata.Add(statement);
            endpoint.FilterFactories.Add((context, next) => Filter(endpoint, context.MethodInfo, next));
        });
        return builder;
    }

    // Runs after all conventions, so that it sees the attributes of the handler and what nearer conventions have said.
    private static EndpointFilterDelegate Filter(EndpointBuilder endpoint, MethodInfo handler, EndpointFilterDelegate next)
    {
        if (EndpointStatements.IsDisabled(endpoint.Metadata)
            || CallEndpoints.AreRegistered(endpoint.Metadata, endpoint.ApplicationServices))
        {
            return next;
        }

        if (!endpoint.Metadata.OfType<EndpointJoin>().Any())
        {
            endpoint.Metadata.Add(new EndpointJoin(!IsRequestDelegate(handler)));
            AddResponses(endpoint);
        }

        return context => TaskGroupEndpointFilter.Instance.InvokeAsync(context, next);
    }

    private static void AddResponses(EndpointBuilder endpoint)
    {
        // What the application says of a status itself, as with ProducesProblem(503), stands.
        foreach (ProducesResponseTypeMetadata ending in EndingResponses.Of(endpoint.ApplicationServices))
        {
            if (!endpoint.Metadata.OfType<IProducesResponseTypeMetadata>().Any(each => each.StatusCode == ending.StatusCode))
            {
                endpoint.Metadata.Add(ending);
            }
        }
    }

    private static bool IsRequestDelegate(MethodInfo handler) =>
        handler.ReturnType == typeof(Task) && handler.GetParameters() is [{ ParameterType: var only }] && only == typeof(HttpContext);

    private static void ThrowIfNotRegistered(EndpointBuilder endpoint)
    {
        // Endpoints of others may be built without services. Then the request is the first that can find it out.
        IServiceProvider services = endpoint.ApplicationServices;
        if (services.GetService<EndpointSettingsCache>() is null && services.GetService<IServiceScopeFactory>() is not null)
        {
            string registration = CallEndpoints.RegistrationOf(endpoint.Metadata) is { } call
                ? $"{call} before the application is built."
                : "builder.Services.AddRequestTaskGroups() before the application is built, and app.UseRequestTaskGroups() then.";
            throw new InvalidOperationException(
                $"Endpoint '{endpoint.DisplayName}' has WithTaskGroup(), which needs services that are not registered. Call "
                    + registration);
        }
    }
}
