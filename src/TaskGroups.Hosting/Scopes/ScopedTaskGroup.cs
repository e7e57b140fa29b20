using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.Hosting;

/// <summary>
/// Owns the group of a DI scope that was made by hand: opens it when it is first asked for and joins it when the scope ends. The scope of a
/// request, of a child, or of a group that was opened with a scope has the group that its <see cref="ScopedGroupHolder"/> names.
/// </summary>
internal sealed class ScopedTaskGroup(ApplicationGroups application, IServiceProvider scope)
    : IAsyncDisposable, IDisposable
{
    /// <summary>Serves <see cref="ITaskGroup"/>. The container calls it once per scope.</summary>
    public static readonly Func<IServiceProvider, ITaskGroup> Factory = Open;

    private TaskGroup? _group;      // null until asked for;
    private int _joinedBy;          // 0 until the first join, which sees to the outcome

    /// <exception cref="InvalidOperationException"><paramref name="provider"/> is the root provider.</exception>
    private static ITaskGroup Open(IServiceProvider provider)
    {
        provider.GetRequiredService<GroupServices>(); // marks the holder of the root
        ScopedGroupHolder holder = provider.GetRequiredService<ScopedGroupHolder>();
        if (holder.IsRoot)
        {
            throw new InvalidOperationException(
                "ITaskGroup belongs to a scope, and the root provider was asked for it, perhaps by the constructor of a singleton. "
                    + "Inject it into a " +
                "scoped or transient service, or create a scope: await using AsyncServiceScope scope = services.CreateAsyncScope(). "
                + "Background work " +
                "belongs to IBackgroundTaskGroup, which is a singleton.");
        }

        return holder.Group
            ?? holder.Child?.Open(provider, provider.GetRequiredService<ApplicationGroups>())
            ?? provider.GetRequiredService<ScopedTaskGroup>().GetOrOpen();
    }

    /// <summary>Gives the scope's group, opened at the first call.</summary>
    public TaskGroup GetOrOpen()
    {
        if (Volatile.Read(ref _group) is { } opened)
        {
            return opened;
        }

        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { Name = "scope" },
            application.Requests,
            hostContext: application.ScopeContextWith(new RefusalWarning(application.Logger).Write));
        group.Owner = scope;
        if (Interlocked.CompareExchange(ref _group, group, null) is { } faster)
        {
            group.TryCloseAlone(); // two threads were first: nothing has used this one
            return faster;
        }

        return group;
    }

    /// <summary>Gives the scope a group that was opened for it: the end of the scope joins it, unless it is taken before.</summary>
    public void Own(TaskGroup group) => Interlocked.Exchange(ref _group, group);

    /// <summary>Takes the group out of the scope: the caller joins it. The next use of the scope's group opens another.</summary>
    public TaskGroup? Take() => Interlocked.Exchange(ref _group, null);

    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _group) is not { } group)
        {
            return;
        }

        Task join = group.CloseAsync();
        if (Interlocked.Exchange(ref _joinedBy, 1) == 0)
        {
            await ReportAsync(group, join).ConfigureAwait(false);
        }
        else
        {
            // The first caller sees to the outcome; this one only waits.
            await join.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        if (Volatile.Read(ref _group) is not { } group || Interlocked.Exchange(ref _joinedBy, 1) != 0)
        {
            return;
        }

        string[] running = [.. group.GetSnapshot().Entries.Skip(1).Where(e => e.State != SnapshotState.Completed).Select(e => e.Name)];
        Task join = group.CloseAsync();
        if (running.Length > 0)
        {
            group.Cancel();
            application.Logger.ScopeDisposedSynchronously(group.Name, running.Length, string.Join(", ", running.Take(20)));
        }

        _ = ReportAsync(group, join);
    }

    // A disposal that threw would keep the container from disposing the rest of the scope (platform behavior before .NET 11).
    private async Task ReportAsync(TaskGroup group, Task join)
    {
        try
        {
            await join.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (join.IsCanceled)
        {
            // The work was cut short by the code that canceled the group, which knows.
        }
        catch (Exception failure)
        {
            application.Logger.ScopeFailed(group.Name, failure);
        }
    }

    /// <summary>
    /// Warns once that the group of a scope takes no work any more. A scope that lives long, such as that of a circuit, meets this after
    /// one failure, far from the code that failed.
    /// </summary>
    /// <remarks>The group keeps it after its end, so it keeps nothing of the scope.</remarks>
    private sealed class RefusalWarning(SafeLogger logger)
    {
        private int _isWritten;

        public void Write(IObservedGroup group)
        {
            if (group.CancellationReason == CancellationReason.ChildFailed && Interlocked.Exchange(ref _isWritten, 1) == 0)
            {
                logger.ScopeRefuses(group.Name, TaskGroup.From(group).CanceledException().InnerException);
            }
        }
    }
}
