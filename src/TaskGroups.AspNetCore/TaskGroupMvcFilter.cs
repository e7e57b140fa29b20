using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Joins the request's group between an action, or the handler of a page, and its result, so that a failure reaches MVC's exception filters
/// and can
/// still become a proper response (R28).
/// </summary>
internal sealed class TaskGroupMvcFilter(EndpointSettingsCache endpoints)
    : IAsyncActionFilter, IAsyncPageFilter, IOrderedFilter, IConfigureOptions<MvcOptions>
{
    // The outermost: the app's own filters may use the group as well.
    public int Order => int.MinValue;

    public void Configure(MvcOptions options) => options.Filters.Add(this);

    public async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next)
    {
        if (endpoints.Of(context.HttpContext.GetEndpoint()).IsDisabled)
        {
            await next().ConfigureAwait(false);
            return;
        }

        await ThrowIfOverAsync(context.HttpContext).ConfigureAwait(false);
        ActionExecutedContext executed = await next().ConfigureAwait(false);
        if (await JoinAsync(context.HttpContext, executed.Exception).ConfigureAwait(false) is { } failure)
        {
            // Not Exception: MVC would throw that anew, without its stack.
            executed.ExceptionDispatchInfo = failure;
            executed.ExceptionHandled = false;
        }
    }

    public async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (endpoints.Of(context.HttpContext.GetEndpoint()).IsDisabled)
        {
            await next().ConfigureAwait(false);
            return;
        }

        await ThrowIfOverAsync(context.HttpContext).ConfigureAwait(false);
        PageHandlerExecutedContext executed = await next().ConfigureAwait(false);
        if (await JoinAsync(context.HttpContext, executed.Exception).ConfigureAwait(false) is { } failure)
        {
            executed.ExceptionDispatchInfo = failure;
            executed.ExceptionHandled = false;
        }
    }

    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    private static async ValueTask ThrowIfOverAsync(HttpContext context)
    {
        if (RequestTaskGroup.Inside(context) is { } request && request.EndBeforeHandler() is { } canceled)
        {
            ExceptionDispatchInfo.Throw(await request.JoinAsync(canceled).ConfigureAwait(false) ?? canceled);
        }
    }

    /// <returns>The failure of the group; <see langword="null"/> if it has none, or none but the one that was thrown.</returns>
    private static async ValueTask<ExceptionDispatchInfo?> JoinAsync(HttpContext context, Exception? thrown)
    {
        Exception? failure = RequestTaskGroup.Inside(context) is { } request
            ? await request.JoinAsync(thrown).ConfigureAwait(false)
            : null;

        // A filter that has handled the exception has handled the group's failure, if they are the same.
        return failure is null || ReferenceEquals(failure, thrown) ? null : ExceptionDispatchInfo.Capture(failure);
    }
}
