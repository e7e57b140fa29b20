using System.Collections.Concurrent;

namespace TaskGroups.Hosting;

/// <summary>Feeds the history from groups that have this observer, and from all that are nested in them.</summary>
/// <remarks>Thread-safe. A host gives it to groups only while the history records: it costs each of their children some time.</remarks>
internal sealed class HistoryObserver(GroupHistory history) : TaskGroupObserver
{
    private readonly ConcurrentDictionary<ITaskGroup, GroupRecord> _open = [];

    public override void GroupOpened(ITaskGroup group) => _open[group] = new GroupRecord((TaskGroup)group);

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (_open.TryGetValue(group, out GroupRecord? record))
        {
            record.Progress.OnCanceled(child, cause);
        }
    }

    public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception)
    {
        if (_open.TryGetValue(group, out GroupRecord? record))
        {
            record.Add(name, outcome, elapsed, exception);
        }
    }

    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
        if (_open.TryRemove(group, out GroupRecord? record))
        {
            history.Add(record.Close(elapsed));
        }
    }

    /// <summary>What <see cref="TaskGroupObserver.ExceptionUnseen"/> would tell is in the history as the child's failure.</summary>
    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        if (kind is FailureKind.Child or FailureKind.Body && _open.TryGetValue(group, out GroupRecord? record))
        {
            record.Progress.OnFailed(exception);
        }
    }
}
