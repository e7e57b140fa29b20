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
    private long? _canceledAt;
    private string? _failureType;
    private string? _canceledBy;

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

    /// <summary>Notes what canceled the group.</summary>
    public void OnCanceled(string? child, Exception? cause)
    {
        lock (_lock)
        {
            _canceledAt ??= _time.GetTimestamp();
            _canceledBy ??= child;
            _failureType ??= cause?.GetType().FullName;
        }
    }

    /// <summary>Notes a failure, which need not cancel the group.</summary>
    public void OnFailed(Exception failure)
    {
        lock (_lock)
        {
            _failureType ??= failure.GetType().FullName;
        }
    }

    /// <summary>Makes the entry of the history.</summary>
    public EndedGroupView Close(TimeSpan elapsed)
    {
        lock (_lock)
        {
            CancellationReason reason = group.CancellationReason;
            string outcome = reason == CancellationReason.ChildFailed ? "failed"
                : reason != CancellationReason.None && group.IsCutShort ? "canceled"
                : _failureType is not null && group.Settings.FailurePolicy != FailurePolicy.Supervise ? "failed"
                : "succeeded";
            return new EndedGroupView(
                group.Id,
                VisibleParent(group)?.Id,
                TelemetryWords.Of(group.HostContext.Kind),
                group.Name,
                "completed",
                TelemetryWords.Of(reason),
                _startedAt,
                (long)elapsed.TotalMilliseconds,
                _canceledAt is { } canceledAt ? (long)_time.GetElapsedTime(canceledAt).TotalMilliseconds : null,
                RemainingMs: null,
                Running: 0,
                Waiting: 0,
                outcome,
                _time.GetUtcNow(),
                outcome == "succeeded" ? null : _failureType,
                _canceledBy,
                [.. _children.OrderBy(static child => child.StartedAt)]);
        }
    }

    private static TaskGroup? VisibleParent(TaskGroup group)
    {
        TaskGroup? parent = group.Parent;
        while (parent is { HostContext.IsInternal: true })
        {
            parent = parent.Parent;
        }

        return parent;
    }
}
