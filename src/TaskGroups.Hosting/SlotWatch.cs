namespace TaskGroups.Hosting;

/// <summary>
/// Warns of a full group in which no slot moves while children wait. As a rule a child waits there for children that it started in its own
/// full group, so the group waits for itself (R26).
/// </summary>
/// <remarks>
/// It looks at the groups in intervals of real time; how long a slot has not moved is counted by the application's clock. So a slot is
/// noticed up to an interval late, and groups pay nothing between two looks.
/// </remarks>
internal sealed class SlotWatch(ApplicationGroups application) : IDisposable
{
    /// <summary>How long no slot of a full group moves before the watch warns, unless the group's StragglerAfter is set.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    private const int MaxNames = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Dictionary<ConcurrencyLimiter, Stall> _stalls = [];
    private ITimer? _timer;

    public void Start() => _timer = TimeProvider.System.CreateTimer(static self => ((SlotWatch)self!).Look(), this, Interval, Interval);

    public void Dispose() => _timer?.Dispose();

    /// <summary>Looks at every group once.</summary>
    public void Look()
    {
        lock (_lock)
        {
            long now = application.TimeProvider.GetTimestamp();
            Dictionary<ConcurrencyLimiter, Stall> stalls = [];
            var toSee = new Stack<TaskGroup>([application.Root]);
            while (toSee.TryPop(out TaskGroup? group))
            {
                if (group.Limiter is { } limiter && limiter.WaitingMoves is { } moves && stalls.TryAdd(limiter, default))
                {
                    stalls[limiter] = Judge(group, moves, now);
                }

                foreach (TaskGroup nested in group.Registry?.GetNested() ?? [])
                {
                    toSee.Push(nested);
                }
            }

            _stalls = stalls;
        }
    }

    private Stall Judge(TaskGroup group, long moves, long now)
    {
        if (!_stalls.TryGetValue(group.Limiter!, out Stall stall) || stall.Moves != moves)
        {
            return new Stall(moves, now, IsTold: false);
        }

        // What a background group waits for stragglers is the host's choice, not the application's.
        TimeSpan? own = group.HostContext.Kind == GroupKind.Background ? null : group.Settings.OwnStragglerAfter;
        TimeSpan stalled = application.TimeProvider.GetElapsedTime(stall.Since, now);
        if (stall.IsTold || stalled < (own ?? DefaultLimit))
        {
            return stall;
        }

        List<ChildEntry> children = [.. group.CopyEntries().Where(child => child.Nested is null)];
        List<string> holders = [.. children.Where(child => !child.IsWaiting).Select(child => $"'{child.Name}'")];
        application.Logger.SlotsStall(
            group.Name,
            stalled.TotalSeconds,
            group.Limiter!.Size,
            string.Join(", ", holders.Take(MaxNames)) + (holders.Count > MaxNames ? $" and {holders.Count - MaxNames} more" : ""),
            group.Limiter.Counts.Waiting);
        return stall with { IsTold = true };
    }

    /// <summary>Since when no slot of a full group has moved.</summary>
    private readonly record struct Stall(long Moves, long Since, bool IsTold);
}
