namespace SampleApi;

/// <summary>
/// Records how each call of a simulated service ended: this is where a newcomer sees that a cancelled call really stopped.
/// </summary>
internal sealed class CallRecorder(CallLog calls, TimeProvider clock) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        DateTimeOffset startedAt = clock.GetUtcNow();
        long started = clock.GetTimestamp();
        CallOutcome outcome = CallOutcome.Failed;
        try
        {
            object? result = await next(context);
            outcome = HasFailed(result) ? CallOutcome.Failed : CallOutcome.Completed;
            return result;
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            outcome = CallOutcome.Cancelled;
            throw;
        }
        finally
        {
            long durationMs = (long)Math.Round(clock.GetElapsedTime(started).TotalMilliseconds);
            calls.Add(new UpstreamCallRecord(context.HttpContext.Request.Path, startedAt, durationMs, outcome));
        }
    }

    private static bool HasFailed(object? result) =>
        (result is INestedHttpResult nested
            ? nested.Result
            : result) is IStatusCodeHttpResult { StatusCode: >= StatusCodes.Status400BadRequest };
}
