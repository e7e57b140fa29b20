using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Watches a task for whoever must know of its end: the group of a child, a queued child, a join.</summary>
/// <remarks>
/// <para>
/// A child's own task is handed out, never a wrapper: a wrapper would add an exception to each canceled child, and its join could overtake
/// the
/// task (R1). This continuation is the task's first, so the group knows of the end before the user does.
/// </para>
/// <para>A public continuation needs a delegate, so both are used again: see <see cref="Pile"/>.</para>
/// </remarks>
internal sealed class Watch : Piled
{
    private static readonly Depot Depot = new();

    [ThreadStatic]
    private static Pile? _unused;

    private readonly Action _ended;
    private IWatcher? _watcher;
    private Task? _task;

    private Watch() => _ended = Ended;

    private static Pile Unused => _unused ??= new Pile(Depot);

    public static void Over(Task task, IWatcher watcher, Member? member)
    {
        Watch watch = (Watch?)Unused.Take() ?? new Watch();
        watch._watcher = watcher;
        watch._task = task;
        watch.Link = member;
        if (SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default)
        {
            ConfiguredTaskAwaitable.ConfiguredTaskAwaiter awaiter = task.ConfigureAwait(false).GetAwaiter();
            awaiter.UnsafeOnCompleted(watch._ended);
            return;
        }

        // A thread with a context of its own puts an awaiter's continuation into the pool's queue, behind the user's; this one it runs on
        // the spot.
        task.ContinueWith(
            static (_, watch) => ((Watch)watch!).Ended(),
            watch,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private void Ended()
    {
        IWatcher watcher = _watcher!;
        Task task = _task!;
        var member = (Member?)Link;
        _watcher = null;
        _task = null;
        Unused.Put(this);
        watcher.Ended(task, member);
    }
}
