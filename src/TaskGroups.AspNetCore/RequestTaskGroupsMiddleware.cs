using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives each request its group, joins it before the DI scope is disposed (R28), and answers for what the group ended with (R29).
/// </summary>
internal sealed class RequestTaskGroupsMiddleware(
    RequestDelegate next, RequestGroupFactory factory, IOptions<RequestTaskGroupOptions> options, IHostEnvironment environment,
    IncomingDeadlines deadlines, IProblemDetailsService? problemDetails = null, CurrentGroup? current = null)
{
    // Null: no caller may set a deadline.
    private readonly IncomingDeadlines? _deadlines = deadlines.AreTaken ? deadlines : null;

    private readonly FailureResponder _responder = new(
        factory.Logger, factory.Observer, problemDetails, options.Value.MapEndings, environment.IsDevelopment());

    public Task Invoke(HttpContext context)
    {
        RequestTaskGroup request = RequestTaskGroup.Of(context) ?? RequestTaskGroup.Attach(factory, context);
        if (!request.TryBegin(context.Features))
        {
            // Two branches of the pipeline have met; the outer middleware joins.
            return next(context);
        }

        if (request.IsGraceOver && options.Value.MapEndings)
        {
            return RefuseAsync(context, request);
        }

        Task pipeline;
        try
        {
            if (_deadlines?.Receive(context) is { } tooLate)
            {
                return RefuseAsync(context, request, tooLate);
            }

            pipeline = current is null ? next(context) : FlowAsync(context, request, current);
        }
        catch (Exception failure)
        {
            // Judged below, like a failure after the first await.
            pipeline = Task.FromException(failure);
        }

        return pipeline.IsCompletedSuccessfully && request.Failed is null && request.TryEnd()
            ? pipeline
            : EndAsync(context, request, pipeline);
    }

    // Apart from JoinAsync, so that a request that suspends without using its group carries a small state machine only.
    private async Task EndAsync(HttpContext context, RequestTaskGroup request, Task pipeline)
    {
        await pipeline.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!pipeline.IsCompletedSuccessfully || request.Failed is not null || !request.TryEnd())
        {
            await JoinAsync(context, request, RequestTaskGroup.FailureOf(pipeline)).ConfigureAwait(false);
        }
    }

    // To the group's join, and from there on: to the app's exception handling or into the response.
    private async Task JoinAsync(HttpContext context, RequestTaskGroup request, Exception? thrown)
    {
        Exception? failure = await request.EndAsync(thrown).ConfigureAwait(false);
        if (failure is null)
        {
            _responder.WarnIfHandledInside(context, request);
        }
        else if (await _responder.RespondAsync(context, request, failure, thrown).ConfigureAwait(false) is { } outcome)
        {
            ExceptionDispatchInfo.Throw(outcome);
        }
    }

    // Where code asks for the current group, the handler is in that of its request.
    private async Task FlowAsync(HttpContext context, RequestTaskGroup request, CurrentGroup current)
    {
        using (current.Enter(request))
        {
            await next(context).ConfigureAwait(false);
        }
    }

    private async Task RefuseAsync(HttpContext context, RequestTaskGroup request, TimeoutException? tooLate = null)
    {
        try
        {
            if (tooLate is not null && !options.Value.MapEndings)
            {
                throw tooLate;
            }

            await _responder.RefuseAsync(context, request, tooLate).ConfigureAwait(false);
        }
        finally
        {
            request.TryEnd();
        }
    }
}
