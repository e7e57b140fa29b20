using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives each request its group, joins it before the DI scope is disposed (R28), and answers for what the group ended with (R29).
/// </summary>
internal sealed class RequestTaskGroupsMiddleware(
    RequestDelegate next, RequestGroupFactory factory, ILogger<RequestTaskGroupsMiddleware> logger,
    IProblemDetailsService? problemDetails = null)
{
    private readonly FailureResponder _responder = new(new SafeLogger(logger), problemDetails);

    public Task Invoke(HttpContext context)
    {
        RequestTaskGroup request = RequestTaskGroup.Of(context) ?? RequestTaskGroup.Attach(factory, context);
        if (!request.TryBegin(context.Features))
        {
            // Two branches of the pipeline have met; the outer middleware joins.
            return next(context);
        }

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

        return pipeline.IsCompletedSuccessfully && request.TryEnd() ? pipeline : EndAsync(context, request, pipeline);
    }

    // Apart from JoinAsync, so that a request that suspends without using its group carries a small state machine only.
    private async Task EndAsync(HttpContext context, RequestTaskGroup request, Task pipeline)
    {
        await pipeline.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!pipeline.IsCompletedSuccessfully || !request.TryEnd())
        {
            await JoinAsync(context, request, FailureOf(pipeline)).ConfigureAwait(false);
        }
    }

    // To the group's join, and from there on: to the app's exception handling or into the response.
    private async Task JoinAsync(HttpContext context, RequestTaskGroup request, Exception? thrown)
    {
        Exception? failure = await request.EndAsync(thrown).ConfigureAwait(false);
        if (failure is not null
            && await _responder.RespondAsync(context, request.Last, failure, thrown).ConfigureAwait(false) is { } outcome)
        {
            ExceptionDispatchInfo.Throw(outcome);
        }
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
}
