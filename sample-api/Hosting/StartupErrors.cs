using System.Data.Common;
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
                throw new OptionsValidationException(
                    section,
                    typeof(TOptions),
                    [$"{e.Message} Correct it in appsettings.json, on the command line or in the environment."]);
            }
        });

    public static async Task<int> RunOrExplainAsync(this WebApplication app)
    {
        try
        {
            // The host would validate as well, and log the failure with its stack trace.
            app.Services.GetService<IStartupValidator>()?.Validate();
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (Exception e) when (Explain(e) is { } explanation)
        {
            await Console.Error.WriteLineAsync($"sample-api cannot start. {explanation}");
            return 1;
        }
    }

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
