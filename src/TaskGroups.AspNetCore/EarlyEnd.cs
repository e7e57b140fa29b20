using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Answers requests that ended early for a reason that is not the application's failure: the client has gone, time ran out, the group
/// was full, the application is shutting down (R29).
/// </summary>
internal sealed class EarlyEnd(ILogger logger, IProblemDetailsService? problemDetails)
{
    /// <returns><see langword="false"/> if the failure is the application's own, or comes too late for an answer.</returns>
    internal async ValueTask<bool> TryAnswerAsync(HttpContext context, TaskGroup? group, Exception failure)
    {
        if (IsClientGone(context, failure))
        {
            logger.ClientGone(NameOf(context, group));
            if (context.Response.HasStarted)
            {
                // Nobody reads it any more, but what lies outside must not take the part for the whole: a cache would give it to others.
                ExceptionDispatchInfo.Throw(failure);
            }

            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        if (context.Response.HasStarted)
        {
            return false;
        }

        switch (failure)
        {
            case TimeoutException when group?.CancellationReason == CancellationReason.TimedOut:
                logger.TimedOut(failure.Message);
                await AnswerAsync(context, StatusCodes.Status504GatewayTimeout, failure).ConfigureAwait(false);
                return true;

            case TaskGroupFullException:
                logger.Full(failure.Message);
                await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, failure).ConfigureAwait(false);
                return true;

            case OperationCanceledException when IsCutShort(group, failure):
                logger.CutShortByShutdown(group!.Name);
                await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, failure, retryAfter: "1").ConfigureAwait(false);
                return true;

            case OperationCanceledException when HasObeyedStop(group, failure):
                logger.ObeyedStop(group!.Name);
                await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, failure, retryAfter: "1").ConfigureAwait(false);
                return true;

            default:
                return false;
        }
    }

    /// <summary>Whether the request's work ended early because the application stops: that is no failure (R11).</summary>
    internal static bool IsShutdown(TaskGroup? group, Exception failure) => IsCutShort(group, failure) || HasObeyedStop(group, failure);

    private static bool IsCutShort(TaskGroup? group, Exception failure) =>
        failure is OperationCanceledException && group?.CancellationReason == CancellationReason.HostStopping;

    private static bool HasObeyedStop(TaskGroup? group, Exception failure) =>
        group is { CancellationReason: CancellationReason.None, Parent.IsStopped: true } && group.IsCancellation(failure);

    // Inside the request-timeouts middleware RequestAborted is its token, which fires for both; it judges better than this class can.
    private static bool IsClientGone(HttpContext context, Exception failure) =>
        failure is OperationCanceledException
        && context.RequestAborted.IsCancellationRequested
        && context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested != true;

    internal static string NameOf(HttpContext context, TaskGroup? group) =>
        group?.Name ?? context.GetEndpoint()?.DisplayName ?? "a request without an endpoint";

    private async Task AnswerAsync(HttpContext context, int status, Exception failure, string? retryAfter = null)
    {
        // What the handler had prepared, its caching and content type, does not hold for this answer.
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-cache,no-store";
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        if (problemDetails is not null)
        {
            await problemDetails
                .TryWriteAsync(
                    new ProblemDetailsContext { HttpContext = context, Exception = failure, ProblemDetails = { Status = status } })
                .ConfigureAwait(false);
        }
    }
}
