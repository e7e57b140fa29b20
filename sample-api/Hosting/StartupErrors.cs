using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace SampleApi;

/// <summary>Turns a wrong setting into one line that says what to type, and an exit code that says that the start failed.</summary>
internal static class StartupErrors
{
    /// <summary>Binds a section, and reports a value of the wrong type in the words of a failed validation.</summary>
    public static OptionsBuilder<TOptions> BindSection<TOptions>(
        this OptionsBuilder<TOptions> builder,
        string section) where TOptions : class =>
        builder.Configure<IConfiguration>((options, configuration) =>
        {
            try
            {
                configuration.GetSection(section).Bind(options);
            }
            catch (InvalidOperationException e)
            {
                throw Invalid(section, typeof(TOptions), e);
            }
        });

    /// <summary>The host takes its default for a <c>ShutdownTimeoutSeconds</c> that it cannot read; here that is an error.</summary>
    public static IServiceCollection AddShutdownTimeoutCheck(this IServiceCollection services)
    {
        // Not of the host's own options: those are read when the application is built, before an error can be explained.
        services.AddOptions<ShutdownSettings>().ValidateOnStart().Validate<IConfiguration>(
            (_, configuration) => configuration["ShutdownTimeoutSeconds"] is not { } seconds
                || int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out int _),
            "ShutdownTimeoutSeconds is not a number. Type seconds, for example ShutdownTimeoutSeconds=25.");
        return services;
    }

    public static async Task<int> RunOrExplainAsync(this WebApplication app)
    {
        try
        {
            // The host would validate as well, and log the failure with its stack trace.
            Validate(app.Services);
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (Exception e) when (Explain(e) is { } explanation)
        {
            await Console.Error.WriteLineAsync($"sample-api cannot start. {explanation}");
            return 1;
        }
    }

    private static void Validate(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
        }
        catch (InvalidOperationException e)
        {
            // Of the binder, which names the key.
            throw Invalid("settings", typeof(object), e);
        }
    }

    private static OptionsValidationException Invalid(string name, Type type, InvalidOperationException e) =>
        new(name, type, [$"{e.Message} Correct it in appsettings.json, on the command line or in the environment."]);

    private sealed class ShutdownSettings;

    private static string? Explain(Exception exception) => exception switch
    {
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        AggregateException several when several.InnerExceptions.All(e => e is OptionsValidationException)
            => string.Join(Environment.NewLine, several.InnerExceptions.Select(Explain)),
        DbException database => $"The database refuses: {database.Message} Check ConnectionStrings__Storefront.",
        IOException io => io.Message,
        _ => null,
    };
}
