using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>What metrics, traces and the history hold of one group while it is open. One object a group, if anything listens.</summary>
/// <param name="progress">What canceled the group, and what failed in it.</param>
/// <param name="metrics">The instruments.</param>
/// <param name="trace">Its spans; <see langword="null"/>: it is not traced.</param>
/// <param name="record">Its record for the history; <see langword="null"/>: the history does not record.</param>
/// <param name="scopes">Opens the scopes of what is logged in it; <see langword="null"/>: there are none.</param>
internal sealed class FollowedGroup(
    GroupProgress progress, GroupMetrics metrics, GroupTrace? trace, GroupRecord? record, ILogger? scopes) : GroupInstrumentation
{
    private bool _isCounted;

    public bool IsTraced => trace is not null;

    public bool IsRecorded => record is not null;

    /// <summary>The child whose failure has canceled the group; <see langword="null"/>: none has.</summary>
    public string? CanceledBy => progress.CanceledBy;

    public string? FailureType => progress.FailureType;

    private TaskGroup Group => progress.Group;

    /// <summary>Whether the group is one of its own, and not a part of the one around it: then only its children count.</summary>
    private bool IsWhole => !Group.HostContext.IsPartOfParent;

    /// <summary>Finds what follows a group; <see langword="null"/>: nothing does.</summary>
    public static FollowedGroup? Of(ITaskGroup group) => (group as TaskGroup)?.Settings.Instrumentation as FollowedGroup;

    public void Opened()
    {
        if (IsWhole)
        {
            // What was not counted when it began is not counted when it ends: a listener that comes late sees no negative numbers.
            _isCounted = metrics.TryCountGroup(Group.Name, progress.Kind);
            trace?.Open();
        }
    }

    /// <summary>Notes a failure, which need not cancel the group.</summary>
    public void Failed(Exception failure) => progress.OnFailed(failure);

    public void Completed(TimeSpan elapsed)
    {
        if (!IsWhole)
        {
            return;
        }

        if (_isCounted)
        {
            metrics.UncountGroup(Group.Name, progress.Kind);
        }

        metrics.GroupCompleted(elapsed, Group.Name, progress.Kind, progress.Outcome, progress.Reason);
        if (progress.SinceCancellation is { } since)
        {
            metrics.CancellationCompleted(since, Group.Name, progress.Kind, progress.Reason!);
        }

        trace?.Close(progress.Outcome, progress.Reason, progress.FailureType);
        record?.Close(progress, elapsed);
    }

    // A scope ends with the flow in which it was opened.
    protected override void OnBodyStarting()
    {
        trace?.EnterBody();
        scopes?.BeginScope(new LogScope(Group.Name, null));
    }

    protected override void OnChildStarting(long id, string name)
    {
        trace?.StartChild(id, name);
        scopes?.BeginScope(new LogScope(Group.Name, name));
    }

    protected override void OnCanceling(CancellationReason reason, string? child, Exception? cause)
    {
        progress.OnCanceled(child, cause);
        trace?.Canceled(TelemetryWords.Of(reason)!, child, cause);
    }

    protected override void OnChildEnding(long id) => trace?.EndingChild(id);

    protected override void OnChildEnded(ChildEntry child, ChildOutcome outcome, TimeSpan elapsed, Exception? failure)
    {
        string? failureType = failure?.GetType().FullName;
        metrics.ChildCompleted(elapsed, Group.Name, progress.Kind, TelemetryWords.Of(outcome));
        trace?.EndChild(child.Id, outcome, progress.Reason, failureType);
        record?.Add(child, outcome, elapsed, failureType);
    }

    protected override void OnChildNeverStarted(ChildEntry child, TimeSpan waited) =>
        record?.Add(child, ChildOutcome.Canceled, TimeSpan.Zero, null);

    protected override void OnChildRefused() => metrics.ChildRefused(Group.Name, progress.Kind);
}
