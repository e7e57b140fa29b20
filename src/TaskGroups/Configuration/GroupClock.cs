namespace TaskGroups;

/// <summary>
/// The clock of a group: its <see cref="TimeProvider"/> (R23). Timestamps are opaque; they are compared only through this type.
/// </summary>
/// <remarks>
/// A group on the system's time whose observers receive no child events reads the system's coarse clock, good to some milliseconds: it
/// needs the time for snapshots and warnings only. Exact stamps would be half the cost of an empty group, and a fourth of that of a tracked
/// child.
/// </remarks>
internal sealed class GroupClock(TimeProvider provider, bool isExact)
{
    /// <summary>The moment of what has not happened: a clock may count from zero.</summary>
    public const long Never = long.MinValue;

    /// <summary>Whether moments are those of <see cref="Environment.TickCount64"/>.</summary>
    public bool IsCoarse { get; } = !isExact && provider == TimeProvider.System;

    public TimeProvider Provider => provider;

    public long Now => IsCoarse ? Environment.TickCount64 : provider.GetTimestamp();

    public TimeSpan Since(long moment) => Between(moment, Now);

    /// <summary>The time between two moments; zero if the clock has gone back meanwhile.</summary>
    public TimeSpan Between(long from, long to)
    {
        TimeSpan elapsed = IsCoarse ? TimeSpan.FromMilliseconds(to - from) : provider.GetElapsedTime(from, to);
        return elapsed > TimeSpan.Zero ? elapsed : TimeSpan.Zero;
    }

    /// <summary>Starts a timer that fires once. It keeps nothing of the execution context of the code that starts it (R21).</summary>
    public ITimer StartTimer(TimerCallback callback, object state, TimeSpan dueTime)
    {
        using AsyncFlowControl? noFlow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return provider.CreateTimer(callback, state, dueTime, Timeout.InfiniteTimeSpan);
    }
}
