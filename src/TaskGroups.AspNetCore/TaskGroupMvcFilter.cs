using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Joins the request's group between the action and its result, so that a failure reaches MVC's exception filters and can still become a
/// proper response (R28). Pages, which have no action filters, are joined before their result.
/// </summary>
internal sealed class TaskGroupMvcFilter : IAsyncActionFilter, IAsyncResultFilter, IOrderedFilter, IConfigureOptions<MvcOptions>
{
    // The outermost: the app's own filters may use the group as well.
    public int Order => int.MinValue;

    public void Configure(MvcOptions options) => options.Filters.Add(this);

    public async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next)
    {
        ActionExecutedContext executed = await next().ConfigureAwait(false);
        if (RequestOf(context.HttpContext) is { } request)
        {
            Exception? thrown = executed.Exception;
            Exception? failure = await request.JoinAsync(thrown).ConfigureAwait(false);

            // A filter that has handled the exception has handled the group's failure, if they are the same.
            if (failure is not null && !ReferenceEquals(failure, thrown))
            {
                // Not Exception: MVC would throw that anew, without its stack.
                executed.ExceptionDispatchInfo = ExceptionDispatchInfo.Capture(failure);
                executed.ExceptionHandled = false;
            }
        }
    }

    public async Task OnResultExecutionAsync(ResultExecutingContext context, ResultExecutionDelegate next)
    {
        if (RequestOf(context.HttpContext) is { } request
            && await request.JoinAsync(failure: null).ConfigureAwait(false) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        await next().ConfigureAwait(false);
    }

    private static RequestTaskGroup? RequestOf(HttpContext context) => context.Features.Get<ITaskGroupFeature>() as RequestTaskGroup;
}
