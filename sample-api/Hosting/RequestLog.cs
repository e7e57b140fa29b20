using Serilog.AspNetCore;
using Serilog.Events;

namespace SampleApi;

/// <summary>One log event per request, outside the exception handling: what it says is what the client got.</summary>
internal static class RequestLog
{
    public static void Configure(RequestLoggingOptions options, Serilog.ILogger logger)
    {
        options.Logger = logger;
        options.GetLevel = LevelOf;
    }

    // A client that left (499) is no failure of ours. 502, 503 and 504 say that another system failed, or that a limit ended the request:
    // a warning. So is a response that was broken off, whatever its status was. Any other 5xx is a bug.
    private static LogEventLevel LevelOf(HttpContext context, double elapsedMilliseconds, Exception? exception) =>
        exception is not null ? LogEventLevel.Error : context.Response.StatusCode switch
        {
            _ when context.Request.Path.StartsWithSegments("/health") => LogEventLevel.Debug,
            _ when BrokenResponses.IsBrokenOff(context) => LogEventLevel.Warning,
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes
                .Status504GatewayTimeout => LogEventLevel.Warning,
            >= StatusCodes.Status500InternalServerError => LogEventLevel.Error,
            _ => LogEventLevel.Information,
        };
}
