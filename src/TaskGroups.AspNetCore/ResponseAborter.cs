using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

/// <summary>Ends a request that failed after its response had started: a part of it must not pass for the whole (R28).</summary>
internal sealed class ResponseAborter(ILogger logger, RequestGroupObserver observer)
{
    /// <summary>Aborts the connection, and logs what nothing outside would.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">Its groups.</param>
    /// <param name="failure">What the request ended with.</param>
    /// <param name="isThrown">Whether the endpoint threw; if not, a child that nothing awaited has failed.</param>
    /// <param name="isShutdown">Whether its work ended early because the application stops: that is no failure (R11).</param>
    /// <returns>What must leave the middleware: to a cache outside, a request that ends in order has a response that is whole.</returns>
    public Exception Abort(HttpContext context, RequestTaskGroup request, Exception failure, bool isThrown, bool isShutdown)
    {
        string name = FailureResponder.NameOf(context, request);
        context.Abort();

        // The server fires its token from another thread. Exception handling outside that asks it earlier would log a cancellation as a
        // failure.
        context.RequestAborted = new CancellationToken(canceled: true);

        if (isShutdown)
        {
            logger.CutShortInResponse(name);
            return failure;
        }

        if (!isThrown)
        {
            logger.FailedAfterResponseStarted(observer.WorkOf(failure), name, failure);

            // A cancellation, since whatever is outside could do no more than log the failure a second time.
            return new OperationCanceledException(
                "The request was aborted, because its group ended with a failure or a timeout after the response had started.", failure);
        }

        if (failure is IOException or OperationCanceledException)
        {
            // Once the connection is aborted, all above take these for the work of a client that has gone, and log no failure.
            logger.FailedAfterResponseStarted(observer.WorkOf(failure), name, failure);
        }

        return failure;
    }
}
