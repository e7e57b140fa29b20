using Microsoft.AspNetCore.Mvc.Filters;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>A filter of the application that uses the request's group before and after the handler.</summary>
/// <param name="outside">Around the join, where the framework allows it.</param>
/// <param name="inside">Between the join and the handler.</param>
internal sealed class AroundFilter(bool outside, bool inside = false)
    : IEndpointFilter, IAsyncResourceFilter, IAsyncActionFilter, IAsyncPageFilter
{
    public static async Task UseGroupAsync(HttpContext context, Func<Task> next)
    {
        ITaskGroup tasks = context.GetTaskGroup();
        await tasks.Run(async _ => await Task.Yield());
        await next();
        await tasks.Run(async _ => await Task.Yield());
    }

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        object? result = null;
        await UseAsync(outside || inside, context.HttpContext, async () => result = await next(context));
        return result;
    }

    public Task OnResourceExecutionAsync(ResourceExecutingContext context, ResourceExecutionDelegate next) =>
        UseAsync(outside, context.HttpContext, () => next());

    public Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next) =>
        UseAsync(inside, context.HttpContext, () => next());

    public Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next) =>
        UseAsync(inside, context.HttpContext, () => next());

    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    private static Task UseAsync(bool isIn, HttpContext context, Func<Task> next) => isIn ? UseGroupAsync(context, next) : next();
}
