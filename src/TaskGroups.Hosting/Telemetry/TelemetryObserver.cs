using System.Collections.Concurrent;

namespace TaskGroups.Hosting;

/// <summary>Feeds metrics and traces from the life of the application's groups.</summary>
/// <remarks>
/// Thread-safe. A group that opens while no listener has subscribed costs one check. What was not counted when it began is not counted when
/// it ends, so a listener that comes late sees no negative numbers.
/// </remarks>
internal sealed class TelemetryObserver(GroupMetrics metrics) : TaskGroupObserver
{
    private readonly ConcurrentDictionary<ITaskGroup, GroupProgress> _open = [];

    public override bool WantsChildEvents => false;

    public override void GroupOpened(ITaskGroup group)
    {
        if ((metrics.IsEnabled || GroupTraces.IsEnabled)
            && group is TaskGroup { HostContext: { IsInternal: false, IsPartOfParent: false } } opened)
        {
            string kind = TelemetryWords.Of(opened.HostContext.Kind);

            // A span as long as the process tells nothing.
            bool isTraced = opened.HostContext.Kind != GroupKind.Background;
            _open[group] = new GroupProgress(opened, isTraced ? GroupTraces.StartGroup(opened.Name, kind) : null);
            metrics.GroupActive(1, opened.Name, kind);
        }
    }

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (_open.TryGetValue(group, out GroupProgress? progress))
        {
            progress.OnCanceled(child, cause);
            if (progress.Activity is { } activity)
            {
                GroupTraces.Canceled(activity, TelemetryWords.Of(reason)!, child, cause);
            }
        }
    }

    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        if (kind is FailureKind.Child or FailureKind.Body && _open.TryGetValue(group, out GroupProgress? progress))
        {
            progress.OnFailed(exception);
        }
    }

    public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed)
    {
        if (!_open.TryRemove(group, out GroupProgress? progress))
        {
            return;
        }

        metrics.GroupActive(-1, group.Name, progress.Kind);
        metrics.GroupCompleted(elapsed, group.Name, progress.Kind, progress.Outcome, progress.Reason);
        if (progress.SinceCancellation is { } since)
        {
            metrics.CancellationCompleted(since, group.Name, progress.Kind, progress.Reason!);
        }

        if (progress.Activity is { } activity)
        {
            GroupTraces.Stop(activity, progress.Outcome, progress.Reason, progress.FailureType);
        }
    }

    /// <summary>Counts the drain of a background group, and the children that it left running.</summary>
    public void OnDrained(TaskGroup group, TimeSpan elapsed, int abandoned)
    {
        metrics.Drained(elapsed, group.Name);
        if (abandoned > 0)
        {
            metrics.ChildrenAbandoned(abandoned, group.Name, TelemetryWords.Of(group.HostContext.Kind));
        }
    }

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) =>
        metrics.ChildStraggling(group.Name, TelemetryWords.Of(((TaskGroup)group).HostContext.Kind));
}
