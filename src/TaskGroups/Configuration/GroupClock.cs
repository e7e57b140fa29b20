namespace TaskGroups;

/// <summary>
/// Tells a group how time goes: by its <see cref="TimeProvider"/> (R23), whose moments are numbers that only this clock reads.
/// </summary>
/// <remarks>
/// A group on the system's time none of whose observers hears of children reads the system's coarse clock, good to some milliseconds: it
/// wants the time
/// for snapshots and warnings only, and exact stamps would be half the cost of an empty group, and a fourth of that of a child that is
/// tracked.
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
