using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Answers requests that ended early for a reason that is not the application's failure: the client has gone, time ran out, the group
/// was full, the application is shutting down (R29). The reason that canceled the group decides, whatever was thrown afterwards (R41).
/// </summary>
/// <param name="logger">Where endings are reported.</param>
/// <param name="observer">What is known of the groups.</param>
/// <param name="problemDetails">Writes bodies; <see langword="null"/>: the status only.</param>
/// <param name="mapsEndings"><see cref="RequestTaskGroupOptions.MapEndings"/>.</param>
/// <param name="isDevelopment">Whether bodies name children.</param>
internal sealed class FailureResponder(
    ILogger logger, RequestGroupObserver observer, IProblemDetailsService? problemDetails, bool mapsEndings, bool isDevelopment)
{
    private readonly ResponseAborter _aborter = new(logger, observer);
    private int _hasWarned; // 1 once the order of middleware was found wrong

    /// <summary>Answers the request, or aborts it if its response has started.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">Its groups, all joined.</param>
    /// <param name="failure">What the request ended with.</param>
    /// <param name="thrown">What came out of the pipeline; <see langword="null"/> if only the join failed.</param>
    /// <returns>What must leave the middleware; <see langword="null"/> if the request has its answer.</returns>
    public async ValueTask<Exception?> RespondAsync(
        HttpContext context, RequestTaskGroup request, Exception failure, Exception? thrown)
    {
        RequestEnding ending = EndingClassifier.Of(request, failure);
        if (ending == RequestEnding.ClientGone)
        {
            return EndWithoutClient(context, request, failure);
        }

        if (request.IsAnswered && !context.Response.HasStarted)
        {
            if (!observer.WasAwaited(failure))
            {
                logger.FailedAfterAnswer(observer.WorkOf(failure), NameOf(context, request), failure);
            }

            return null;
        }

        if (thrown is null && IsAnswered(context, request, failure, ending))
        {
            return null;
        }

        if (context.Response.HasStarted)
        {
            bool isShutdown = ending is RequestEnding.HostStopping or RequestEnding.ObeyedStop;
            return _aborter.Abort(context, request, failure, isThrown: thrown is not null, isShutdown);
        }

        if (ending == RequestEnding.Failure)
        {
            LogFailure(context, request, failure);
            return failure;
        }

        if (!mapsEndings)
        {
            return failure;
        }

        await AnswerAsync(context, request, ending, failure).ConfigureAwait(false);
        return null;
    }

    /// <summary>
    /// Refuses a request whose caller leaves it too little time, or which comes when the grace for requests is over.
    /// </summary>
    public Task RefuseAsync(HttpContext context, RequestTaskGroup request, TimeoutException? tooLate) => tooLate is not null
        ? AnswerAsync(context, request, RequestEnding.TimedOut, tooLate)
        : AnswerAsync(
            context,
            request,
            StatusCodes.Status503ServiceUnavailable,
            new OperationCanceledException("The application stops, and takes no more requests."),
            retryAfter: "1");

    /// <summary>Warns if exception handling inside has answered in place of this class.</summary>
    public void WarnIfHandledInside(HttpContext context, RequestTaskGroup request)
    {
        if (request.Failed?.CancellationReason is CancellationReason.TimedOut or CancellationReason.HostStopping
            && context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            WarnOfHandlerInside(context, request);
        }
    }

    public static string NameOf(HttpContext context, RequestTaskGroup request) =>
        request.Failed?.Name ?? EndpointName.OfRequest(context.GetEndpoint());

    private Exception? EndWithoutClient(HttpContext context, RequestTaskGroup request, Exception failure)
    {
        if (!request.IsGraceOver) // else it was aborted here, and the log says so
        {
            logger.ClientGone(NameOf(context, request), BesideOf(request, failure));
        }

        if (EndingClassifier.IsLostUpload(failure) || (failure.InnerException is { } inner && EndingClassifier.IsLostUpload(inner)))
        {
            context.Abort(); // else the server goes on reading the body that has no end, and logs that as an error
        }

        if (mapsEndings && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return null;
        }

        // Outside, a cache must not take the part for the whole, and exception handling logs no cancellation of a client that has gone.
        return failure as OperationCanceledException
            ?? new OperationCanceledException("The client has gone before the request had its answer.", failure, request.Aborted);
    }

    // What was thrown after the cancellation that decides.
    private static Exception? BesideOf(RequestTaskGroup request, Exception failure) =>
        failure is OperationCanceledException or TimeoutException
            ? (request.Failed is null ? null : failure.InnerException)
            : failure;

    // Code inside has seen the failure that the join repeats, and the response tells of it.
    private bool IsAnswered(HttpContext context, RequestTaskGroup request, Exception failure, RequestEnding ending)
    {
        if (context.Features.Get<IExceptionHandlerFeature>()?.Error is { } handled
            && (ReferenceEquals(handled, failure) || (ending != RequestEnding.Failure && handled is OperationCanceledException)))
        {
            if (ending != RequestEnding.Failure)
            {
                WarnOfHandlerInside(context, request);
            }

            return true;
        }

        // Middleware inside put its own token into RequestAborted, and has answered for it. Request timeouts outside have yet to do so.
        bool isTimedOutInside = request.Failed?.CancellationReason == CancellationReason.CallerCanceled
            && failure is OperationCanceledException
            && context.Response.StatusCode >= StatusCodes.Status400BadRequest
            && context.Features.Get<IHttpRequestTimeoutFeature>() is null;

        // An own error middleware, a GraphQL server: the failure came out of the child to code that awaited it and wrote its answer.
        return isTimedOutInside || (ending == RequestEnding.Failure && context.Response.HasStarted && observer.WasAwaited(failure));
    }

    private void WarnOfHandlerInside(HttpContext context, RequestTaskGroup request)
    {
        if (mapsEndings && Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            logger.ExceptionHandlerInside(NameOf(context, request), context.Response.StatusCode);
        }
    }

    // Exception handling outside logs the failure, and does not know of children. It takes some for the work of the client, once that has
    // gone, and logs none.
    private void LogFailure(HttpContext context, RequestTaskGroup request, Exception failure)
    {
        if (request.Aborted.IsCancellationRequested && failure is OperationCanceledException or IOException)
        {
            logger.FailedBeforeClientLeft(observer.WorkOf(failure), NameOf(context, request), failure);
        }
        else if (observer.ChildOf(failure) is { } child)
        {
            logger.ChildFailed(NameOf(context, request), failure.GetType().ToString(), child);
        }
    }

    private Task AnswerAsync(HttpContext context, RequestTaskGroup request, RequestEnding ending, Exception failure)
    {
        Exception? beside = BesideOf(request, failure);
        string name = NameOf(context, request);
        switch (ending)
        {
            case RequestEnding.TimedOut:
                logger.TimedOut(failure.Message, beside);
                return AnswerAsync(context, request, StatusCodes.Status504GatewayTimeout, failure);

            case RequestEnding.Full:
                logger.Full(failure.Message);
                return AnswerAsync(context, request, StatusCodes.Status503ServiceUnavailable, failure);

            case RequestEnding.HostStopping:
                logger.CutShortByShutdown(name, beside);
                return AnswerAsync(context, request, StatusCodes.Status503ServiceUnavailable, failure, retryAfter: "1");

            default:
                logger.ObeyedStop(name);
                return AnswerAsync(context, request, StatusCodes.Status503ServiceUnavailable, failure, retryAfter: "1");
        }
    }

    private async Task AnswerAsync(
        HttpContext context, RequestTaskGroup request, int status, Exception failure, string? retryAfter = null)
    {
        // What the handler had prepared, its caching and content type, does not hold for this answer; what was there before does.
        context.Response.Clear();
        foreach ((string header, StringValues value) in request.HeadersBefore)
        {
            context.Response.Headers[header] = value;
        }

        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-cache,no-store";
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        if (problemDetails is null)
        {
            return;
        }

        // The body is written until the client has gone, even if a timeout outside has fired: half a body would be no answer.
        CancellationToken replaced = context.RequestAborted;
        context.RequestAborted = request.Aborted;
        try
        {
            var problem = new ProblemDetailsContext { HttpContext = context, Exception = failure, ProblemDetails = { Status = status } };
            if (isDevelopment)
            {
                problem.ProblemDetails.Detail = BesideOf(request, failure) is { } beside && beside != failure
                    ? $"{failure.Message} Then '{observer.ChildOf(beside) ?? "the body"}' failed: {beside.GetType()}: {beside.Message}"
                    : failure.Message;
            }

            await problemDetails.TryWriteAsync(problem).ConfigureAwait(false);
        }
        finally
        {
            context.RequestAborted = replaced;
        }
    }
}
