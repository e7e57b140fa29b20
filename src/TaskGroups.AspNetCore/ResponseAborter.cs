using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

/// <summary>Ends a request that failed after its response had started: nobody may take the part that is out for the whole (R28).</summary>
internal sealed class ResponseAborter(ILogger logger)
{
    /// <summary>Aborts the connection, and logs what nobody outside would.</summary>
    /// <param name="context">The request.</param>
    /// <param name="group">Its group; <see langword="null"/> if it never used one.</param>
    /// <param name="failure">What the request ended with.</param>
    /// <param name="isThrown">Whether the endpoint threw; if not, a child that nobody awaited has failed.</param>
    /// <returns>What must leave the middleware: to a cache outside, a request that ends in order has a response that is whole.</returns>
    public Exception Abort(HttpContext context, TaskGroup? group, Exception failure, bool isThrown)
    {
        bool wasAborted = context.RequestAborted.IsCancellationRequested;
        context.Abort();

        // The server tells its token from another thread. Exception handling outside that asks it earlier would log a cancellation as a
        // failure.
        context.RequestAborted = new CancellationToken(canceled: true);

        if (FailureResponder.IsShutdown(group, failure))
        {
            logger.CutShortInResponse(group!.Name);
            return failure;
        }

        if (!isThrown)
        {
            if (failure is IOException && wasAborted)
            {
                logger.ClientGone(group!.Name);
            }
            else
            {
                logger.FailedAfterResponseStarted(group!.Name, failure);
            }

            // A cancellation, since whatever is outside could do no more than log the failure a second time.
            return new OperationCanceledException(
                "The request was aborted, because its group ended with a failure or a timeout after the response had started.", failure);
        }

        if (failure is IOException or OperationCanceledException && !wasAborted)
        {
            // Once the connection is aborted, all above take these for the work of a client that has gone, and log no failure.
            logger.FailedAfterResponseStarted(FailureResponder.NameOf(context, group), failure);
        }

        return failure;
    }
}
