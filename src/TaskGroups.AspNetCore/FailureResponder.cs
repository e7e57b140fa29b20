using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Answers requests that ended early for a reason that is not the application's failure: the client has gone, time ran out, the group
/// was full, the application is shutting down (R29).
/// </summary>
internal sealed class FailureResponder(ILogger logger, IProblemDetailsService? problemDetails)
{
    private readonly ResponseAborter _aborter = new(logger);

    /// <summary>Answers the request, or aborts it if its response has started.</summary>
    /// <param name="context">The request.</param>
    /// <param name="group">Its group; <see langword="null"/> if it never used one.</param>
    /// <param name="failure">What the request ended with.</param>
    /// <param name="thrown">What came out of the pipeline; <see langword="null"/> if only the join failed.</param>
    /// <returns>What must leave the middleware; <see langword="null"/> if the request has its answer.</returns>
    public async ValueTask<Exception?> RespondAsync(HttpContext context, TaskGroup? group, Exception failure, Exception? thrown)
    {
        if (await TryAnswerAsync(context, group, failure).ConfigureAwait(false)
            || (thrown is null && IsAnswered(context, group, failure)))
        {
            return null;
        }

        return context.Response.HasStarted ? _aborter.Abort(context, group, failure, isThrown: thrown is not null) : failure;
    }

    // Middleware inside has seen the failure that the join repeats, and the response tells of it: exception handling placed inside this
    // middleware, or request timeouts, whose token was the group's caller.
    private static bool IsAnswered(HttpContext context, TaskGroup? group, Exception failure) =>
        ReferenceEquals(context.Features.Get<IExceptionHandlerFeature>()?.Error, failure)
        || (failure is OperationCanceledException
            && group?.CancellationReason == CancellationReason.CallerCanceled
            && context.Response.StatusCode >= StatusCodes.Status400BadRequest
            && context.Features.Get<IHttpRequestTimeoutFeature>() is null);

    /// <returns><see langword="false"/> if the failure is the application's own, or comes too late for an answer.</returns>
    private async ValueTask<bool> TryAnswerAsync(HttpContext context, TaskGroup? group, Exception failure)
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
    public static bool IsShutdown(TaskGroup? group, Exception failure) => IsCutShort(group, failure) || HasObeyedStop(group, failure);

    private static bool IsCutShort(TaskGroup? group, Exception failure) =>
        failure is OperationCanceledException && group?.CancellationReason == CancellationReason.HostStopping;

    private static bool HasObeyedStop(TaskGroup? group, Exception failure) =>
        group is { CancellationReason: CancellationReason.None, Parent.IsStopped: true } && group.IsCancellation(failure);

    // Inside the request-timeouts middleware RequestAborted is its token, which fires for both; it judges better than this class can.
    private static bool IsClientGone(HttpContext context, Exception failure) =>
        failure is OperationCanceledException
        && context.RequestAborted.IsCancellationRequested
        && context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested != true;

    public static string NameOf(HttpContext context, TaskGroup? group) =>
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
