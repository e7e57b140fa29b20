using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Creates hubs as SignalR's own activator does. It is the first that an invocation's scope is asked for, so it is where the scope learns
/// which group serves it.
/// </summary>
internal sealed class HubGroupActivator<
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods)] THub>(
        IServiceProvider scope, ScopedGroupHolder holder, HubInvocation invocation) : IHubActivator<THub>
    where THub : Hub
{
    private static readonly Lazy<ObjectFactory> Factory = new(() => ActivatorUtilities.CreateFactory(typeof(THub), Type.EmptyTypes));

    private bool _isCreated;

    public THub Create()
    {
        holder.TryServe(invocation);
        if (scope.GetService<THub>() is { } registered)
        {
            return registered;
        }

        _isCreated = true;
        return (THub)Factory.Value(scope, null);
    }

    public void Release(THub hub)
    {
        if (_isCreated)
        {
            hub.Dispose();
        }
    }
}
