using System.Reflection;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Joins the group of each invocation of a hub before its result is sent, and the groups of all invocations of a connection before the
/// connection ends.
/// </summary>
/// <remarks>
/// The life of a connection: <c>OnConnectedAsync</c>, invocations, side by side with streams; the client leaves, or the application stops:
/// the connection's token fires; <c>OnDisconnectedAsync</c>, whose group that token does not cancel; the invocations that still end are
/// waited for.
/// </remarks>
internal sealed class HubTaskGroupFilter(HubGroups hubs) : IHubFilter
{
    private static readonly MethodInfo Connected = typeof(Hub).GetMethod(nameof(Hub.OnConnectedAsync))!;
    private static readonly MethodInfo Disconnected = typeof(Hub).GetMethod(nameof(Hub.OnDisconnectedAsync))!;

    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next) => RunAsync(
            invocationContext.ServiceProvider,
            hubs.CallOf(
                invocationContext.Context,
                invocationContext.Hub,
                invocationContext.HubMethod,
                invocationContext.Context.ConnectionAborted),
            () => next(invocationContext));

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        var connection = new HubConnectionGroup(hubs.OpenConnection());
        context.Context.Features.Set(connection);
        try
        {
            HubCall call = hubs.CallOf(context.Context, context.Hub, Connected, context.Context.ConnectionAborted);
            await RunAsync(context.ServiceProvider, call, () => WithoutResult(next(context))).ConfigureAwait(false);
        }
        catch
        {
            // Thrown on. SignalR closes the connection without OnDisconnectedAsync.
            await connection.JoinAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task OnDisconnectedAsync(
        HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        try
        {
            HubCall call = hubs.CallOf(context.Context, context.Hub, Disconnected, CancellationToken.None);
            await RunAsync(context.ServiceProvider, call, () => WithoutResult(next(context, exception)))
                .ConfigureAwait(false);
        }
        finally
        {
            await (HubConnectionGroup.Of(context.Context)?.JoinAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }
    }

    private async ValueTask<object?> RunAsync(IServiceProvider scope, HubCall call, Func<ValueTask<object?>> method)
    {
        HubInvocation invocation = scope.GetRequiredService<HubInvocation>();
        invocation.Begin(call);
        using IDisposable? place = hubs.Current?.Enter(invocation);
        if (call.Method.IsDisabled)
        {
            return await method().ConfigureAwait(false);
        }

        object? result = null;
        Exception? failure = null;
        try
        {
            result = await method().ConfigureAwait(false);
            if (result is not null && call.Method.Stream is { } stream)
            {
                return stream.Join(result, invocation);
            }
        }
        catch (Exception exception)
        {
            // The body's failure: the join says what comes of it.
            failure = exception;
        }

        await invocation.EndAsync(failure).ConfigureAwait(false);
        return result;
    }

    private static async ValueTask<object?> WithoutResult(Task task)
    {
        await task.ConfigureAwait(false);
        return null;
    }
}
