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

    private readonly bool _isCoarse = !isExact && provider == TimeProvider.System;

    public TimeProvider Provider => provider;

    public long Now => _isCoarse ? Environment.TickCount64 : provider.GetTimestamp();

    public TimeSpan Since(long moment) => Between(moment, Now);

    public TimeSpan Between(long from, long to) =>
        _isCoarse ? TimeSpan.FromMilliseconds(to - from) : provider.GetElapsedTime(from, to);
}
