using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Joins the request's group between the handler and its result, so that a failure can still become a proper response (R28).
/// </summary>
internal sealed class TaskGroupEndpointFilter : IEndpointFilter
{
    internal static readonly TaskGroupEndpointFilter Instance = new();

    // Not pooled: a filter outside may await what it is given twice.
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        RequestTaskGroup request = RequestTaskGroup.Inside(http)
            ?? throw new InvalidOperationException(
                $"Endpoint '{EndpointName.OfRequest(http.GetEndpoint())}' has WithTaskGroup(), but the request did not pass the "
                    + "middleware that joins its group. Call app.UseRequestTaskGroups() before the endpoints are executed; before "
                    + "app.UseRouting(), if "
                    + "this one has ShortCircuit(). A sub-request, as of a batch, must pass the middleware itself: call what runs the "
                    + "batch, such as app.UseODataBatching(), before app.UseRequestTaskGroups().");

        object? result = null;
        Exception? failure = null;
        try
        {
            result = request.EndBeforeHandler() is { } canceled ? throw canceled : await next(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The body's failure: the join says what comes of it.
            failure = exception;
        }

        failure = await request.JoinAsync(failure).ConfigureAwait(false);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return result;
    }
}
