namespace TaskGroups.Hosting;

/// <summary>Collects what the history will hold of one group while the group runs.</summary>
/// <remarks>Thread-safe: children end side by side. The number of children kept is bounded; failures take the place of successes.</remarks>
internal sealed class GroupRecord(TaskGroup group)
{
    private const int MaxChildren = 200;

    private readonly TimeProvider _time = group.Settings.Clock.Provider;
    private readonly DateTimeOffset _startedAt = group.Settings.Clock.Provider.GetUtcNow();
    private readonly Lock _lock = new();

    private readonly List<EndedChildView> _children = [];
    private long _completed;

    /// <summary>What canceled the group, and what failed in it.</summary>
    public GroupProgress Progress { get; } = new(group);

    /// <summary>Notes a child that has ended.</summary>
    public void Add(string name, ChildOutcome outcome, TimeSpan elapsed, Exception? failure)
    {
        DateTimeOffset endedAt = _time.GetUtcNow();
        lock (_lock)
        {
            // The number of the child among those that have ended: an observer is not told more.
            var child = new EndedChildView(
                ++_completed,
                name,
                endedAt - elapsed,
                (long)elapsed.TotalMilliseconds,
                TelemetryWords.Of(outcome),
                outcome == ChildOutcome.Failed ? failure?.GetType().FullName : null);
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

    /// <summary>Makes the entry of the history.</summary>
    public EndedGroupView Close(TimeSpan elapsed)
    {
        lock (_lock)
        {
            return new EndedGroupView(
                group.Id,
                VisibleParent(group)?.Id,
                Progress.Kind,
                group.Name,
                "completed",
                Progress.Reason,
                _startedAt,
                (long)elapsed.TotalMilliseconds,
                (long?)Progress.SinceCancellation?.TotalMilliseconds,
                RemainingMs: null,
                Running: 0,
                Waiting: 0,
                Progress.Outcome,
                _time.GetUtcNow(),
                Progress.Outcome == "succeeded" ? null : Progress.FailureType,
                Progress.CanceledBy,
                [.. _children.OrderBy(static child => child.StartedAt)]);
        }
    }

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
