namespace TaskGroups.Hosting;

/// <summary>Collects what the history will hold of one group while the group runs.</summary>
/// <remarks>
/// Thread-safe: children end side by side. The number of children kept is bounded; failures take the place of successes. A background group
/// does not end before the application does, so each of its children is an entry of its own.
/// </remarks>
internal sealed class GroupRecord(TaskGroup group, string kind, TimeProvider time, GroupHistory history)
{
    private const int MaxChildren = 200;

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly Lock _lock = new();
    private readonly List<EndedChildView> _children = [];

    /// <summary>Notes a child that has ended.</summary>
    public void Add(ChildEntry ended, ChildOutcome outcome, TimeSpan elapsed, string? failureType)
    {
        DateTimeOffset endedAt = time.GetUtcNow();
        var child = new EndedChildView(
            ended.Id, ended.Name, endedAt - elapsed, (long)elapsed.TotalMilliseconds, TelemetryWords.Of(outcome), failureType);
        if (group.HostContext.IsPartOfParent)
        {
            history.Add(Whole(child, endedAt));
            return;
        }

        lock (_lock)
        {
            if (_children.Count < MaxChildren)
            {
                _children.Add(child);
                return;
            }

            int replaced = outcome == ChildOutcome.Succeeded ? -1 : _children.FindIndex(static kept => kept.Outcome == "succeeded");
            if (replaced >= 0)
            {
                _children.RemoveAt(replaced);
                _children.Add(child);
            }
        }
    }

    /// <summary>Adds the group, which has ended, to the history.</summary>
    public void Close(GroupProgress progress, TimeSpan elapsed)
    {
        EndedChildView[] children;
        lock (_lock)
        {
            children = [.. _children.OrderBy(static child => child.Id)]; // given at the start: StartedAt is good to some milliseconds
        }

        history.Add(new EndedGroupView(
            group.Id,
            VisibleParent(group)?.Id,
            kind,
            group.Name,
            "completed",
            progress.Reason,
            _startedAt,
            (long)elapsed.TotalMilliseconds,
            (long?)progress.SinceCancellation?.TotalMilliseconds,
            RemainingMs: null,
            Running: 0,
            Waiting: 0,
            GroupView.SetterOfLimit(group),
            progress.Outcome,
            time.GetUtcNow(),
            progress.Outcome == "succeeded" ? null : progress.FailureType,
            progress.CanceledBy,
            children));
    }

    private EndedGroupView Whole(EndedChildView child, DateTimeOffset endedAt) => new(
        child.Id,
        VisibleParent(group)?.Id,
        kind,
        child.Name,
        "completed",
        child.Outcome == "canceled" ? TelemetryWords.Of(group.CancellationReason) : null,
        child.StartedAt,
        child.ElapsedMs,
        SinceCancellationMs: null,
        RemainingMs: null,
        Running: 0,
        Waiting: 0,
        LimitSetBy: null,
        child.Outcome,
        endedAt,
        child.FailureType,
        CanceledBy: null,
        Children: []);

    private static TaskGroup? VisibleParent(TaskGroup group)
    {
        TaskGroup? parent = group.Parent;
        while (parent is { HostContext: { IsInternal: true } or { IsPartOfParent: true } })
        {
            parent = parent.Parent;
        }

        return parent;
    }
}
