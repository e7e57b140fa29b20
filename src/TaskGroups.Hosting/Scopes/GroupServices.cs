using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

/// <summary>
/// The application's root container, as the application's groups carry it in <see cref="HostContext.Services"/>: scopes of children
/// come from the root, since the scope that started a child may end earlier (R37).
/// </summary>
internal sealed class GroupServices : IQueueListener
{
    private readonly IServiceScopeFactory _scopes;
    private readonly ConditionalWeakTable<ConcurrencyLimiter, object?> _limits = []; // a limit goes with its group

    public GroupServices(IServiceProvider root, IServiceScopeFactory scopes, IEnumerable<ChildScopeInitializer> initializers)
    {
        _scopes = scopes;
        HasInitializers = initializers.Any();
        try
        {
            root.GetService<ScopedGroupHolder>()?.MarkRoot();
        }
        catch (InvalidOperationException)
        {
            // The container validates scopes: its root gives out no scoped service, so it refuses an ITaskGroup by itself.
        }
    }

    /// <summary>Whether the scopes of children take over anything from the scopes that start them (R45).</summary>
    public bool HasInitializers { get; }

    /// <summary>The limits of living groups in which children have waited for a slot.</summary>
    public IEnumerable<ConcurrencyLimiter> WaitedFor => _limits.Select(each => each.Key);

    public void ChildWaits(ConcurrencyLimiter limiter) => _limits.TryAdd(limiter, null);

    /// <summary>Finds the container of a group.</summary>
    /// <exception cref="InvalidOperationException">The group is neither from dependency injection nor nested in one that is.</exception>
    public static GroupServices Of(ITaskGroup group) =>
        (group is TaskGroup or ITaskGroupWrapper ? TaskGroup.From(group).HostContext.Services : null) as GroupServices
        ?? throw new InvalidOperationException(
            $"RunScoped needs a container for the child's scope, and the group '{group.Name}' has none: it was not obtained from "
                + $"dependency " +
            "injection. Call services.AddTaskGroups() and inject ITaskGroup or IBackgroundTaskGroup, or open the group nested in an "
            + "injected one " +
            "with RunGroupAsync.");

    /// <summary>Opens a scope.</summary>
    /// <exception cref="InvalidOperationException">The container has been disposed.</exception>
    public AsyncServiceScope CreateScope()
    {
        try
        {
            return _scopes.CreateAsyncScope();
        }
        catch (ObjectDisposedException disposed)
        {
            throw new InvalidOperationException(
                "No scope can be opened for this child: the application has shut down and its container is disposed.", disposed);
        }
    }
}
