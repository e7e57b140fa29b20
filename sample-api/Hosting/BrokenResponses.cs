namespace SampleApi;

/// <summary>
/// A failure in the middle of a response: it is too late for a status, so the end of the connection has to say it. It is logged here, once:
/// what goes on outwards is a cancellation, which exception handling and the server take for that of a client that left.
/// </summary>
internal sealed class BrokenResponses(RequestDelegate next, ILogger<BrokenResponses> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (context.Response.HasStarted && e is not OperationCanceledException)
        {
            Log(context.Request.Path, e);
            context.Items[typeof(BrokenResponses)] = true;
            context.Abort();
            // The server fires its own token from another thread, and exception handling would ask it too early.
            context.RequestAborted = new CancellationToken(canceled: true);
            throw new OperationCanceledException("The response was broken off.", e, context.RequestAborted);
        }
    }

    /// <summary>Whether the response of a request was broken off.</summary>
    public static bool IsBrokenOff(HttpContext context) => context.Items.ContainsKey(typeof(BrokenResponses));

    private void Log(PathString path, Exception exception)
    {
        if (FailureHandler.ReasonOf(exception) is { } reason)
        {
            logger.BrokenOff(path, reason);
        }
        else
        {
            logger.BrokenOffByAFault(path, exception);
        }
    }
}
