using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives each request its group, joins it before the DI scope is disposed (R28), and answers for what the group ended with (R29).
/// </summary>
internal sealed class RequestTaskGroupsMiddleware(
    RequestDelegate next, RequestGroups requests, ILogger<RequestTaskGroupsMiddleware> logger,
    IProblemDetailsService? problemDetails = null)
{
    private readonly EarlyEnd _earlyEnd = new(new SafeLogger(logger), problemDetails);
    private readonly StartedResponse _startedResponse = new(new SafeLogger(logger));

    public Task Invoke(HttpContext context)
    {
        if (context.Features.Get<ITaskGroupFeature>() is not null)
        {
            // Two branches of the pipeline have met; the outer middleware joins.
            return next(context);
        }

        var request = new RequestTaskGroup(requests, context);
        request.Attach(context.Features);

        Task pipeline;
        try
        {
            pipeline = next(context);
        }
        catch (Exception failure)
        {
            // Judged below, like a failure after the first await.
            pipeline = Task.FromException(failure);
        }

        if (pipeline.IsCompletedSuccessfully && request.End() is null)
        {
            request.Detach(context.Features);
            return pipeline;
        }

        return EndAsync(context, request, pipeline);
    }

    // Apart from JoinAsync, so that a request that suspends without using its group carries a small state machine only.
    private async Task EndAsync(HttpContext context, RequestTaskGroup request, Task pipeline)
    {
        await pipeline.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // To the group's join, and from there on: to the app's exception handling or into the response.
        Exception? thrown = FailureOf(pipeline);
        TaskGroup? group = request.End();
        if (group is null && thrown is null)
        {
            request.Detach(context.Features);
            return;
        }

        await JoinAsync(context, request, group, thrown).ConfigureAwait(false);
    }

    private static Exception? FailureOf(Task pipeline)
    {
        if (pipeline.IsFaulted)
        {
            return pipeline.Exception.InnerException;
        }

        try
        {
            pipeline.GetAwaiter().GetResult();
            return null;
        }
        catch (OperationCanceledException cancellation) when (pipeline.IsCanceled)
        {
            return cancellation; // the object that was thrown: only awaiting gives it
        }
    }

    private async Task JoinAsync(HttpContext context, RequestTaskGroup request, TaskGroup? group, Exception? thrown)
    {
        Exception? failure = thrown;
        if (group is { IsCompleted: false })
        {
            // Middleware inside, such as request timeouts, may have replaced RequestAborted when the group was opened, and has disposed its
            // source by now: a client that leaves during the join is heard through the original.
            using (context.RequestAborted.UnsafeRegister(
                static group => ((TaskGroup)group!).Cancel(CancellationReason.CallerCanceled), group))
            {
                failure = await request.JoinAsync(thrown).ConfigureAwait(false);
            }
        }

        request.Detach(context.Features);
        if (failure is null
            || await _earlyEnd.TryAnswerAsync(context, group, failure).ConfigureAwait(false)
            || (thrown is null && IsAnswered(context, group, failure)))
        {
            return;
        }

        ExceptionDispatchInfo.Throw(
            context.Response.HasStarted ? _startedResponse.Abort(context, group, failure, isThrown: thrown is not null) : failure);
    }

    // Middleware inside has seen the failure that the join repeats, and the response tells of it: exception handling placed inside this
    // middleware, or request timeouts, whose token was the group's caller.
    private static bool IsAnswered(HttpContext context, TaskGroup? group, Exception failure) =>
        ReferenceEquals(context.Features.Get<IExceptionHandlerFeature>()?.Error, failure)
        || (failure is OperationCanceledException
            && group?.CancellationReason == CancellationReason.CallerCanceled
            && context.Response.StatusCode >= StatusCodes.Status400BadRequest
            && context.Features.Get<IHttpRequestTimeoutFeature>() is null);
}
