namespace TaskGroups.Hosting;

/// <summary>
/// Warns of a full group in which no slot moves while children wait. As a rule a child waits there for children that it started in its own
/// full group, so the group waits for itself (R26).
/// </summary>
/// <remarks>
/// It looks in intervals of real time at the limits in which children have waited; how long a slot has not moved is counted by the
/// application's clock. So a slot is noticed up to an interval late, groups pay nothing between two looks, and those without waiting
/// children nothing at all.
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

    /// <summary>Looks once at every limit in which children have waited.</summary>
    public void Look()
    {
        lock (_lock)
        {
            long now = application.TimeProvider.GetTimestamp();
            Dictionary<ConcurrencyLimiter, Stall> stalls = [];
            foreach (ConcurrencyLimiter limiter in application.Services.WaitedFor)
            {
                if (limiter.Waiting is ({ } group, var moves))
                {
                    stalls.Add(limiter, Judge((TaskGroup)group, limiter, moves, now));
                }
            }

            _stalls = stalls;
        }
    }

    private Stall Judge(TaskGroup group, ConcurrencyLimiter limiter, long moves, long now)
    {
        if (!_stalls.TryGetValue(limiter, out Stall stall) || stall.Moves != moves)
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

        // The generations of a background group share its limit: who holds a slot may be in an older one.
        IEnumerable<TaskGroup> sharing = limiter.IsShared ? group.Parent!.Registry!.GetNested() : [group];
        List<string> holders = [.. sharing.SelectMany(each => each.CopyEntries())
            .Where(child => child is { Nested: null, IsWaiting: false })
            .Select(child => $"'{child.Name}'")];
        application.Logger.SlotsStall(
            group.Name,
            stalled.TotalSeconds,
            limiter.Size,
            string.Join(", ", holders.Take(MaxNames)) + (holders.Count > MaxNames ? $" and {holders.Count - MaxNames} more" : ""),
            limiter.Counts.Waiting);
        return stall with { IsTold = true };
    }

    /// <summary>Since when no slot of a full group has moved.</summary>
    private readonly record struct Stall(long Moves, long Since, bool IsTold);
}
