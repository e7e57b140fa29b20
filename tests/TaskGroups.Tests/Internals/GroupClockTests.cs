using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>R23: which clock a group reads, and in what units.</summary>
public sealed class GroupClockTests
{
    private readonly ManualClock _manual = new();

    // R23: time for snapshots only is good to some milliseconds
    [Fact]
    public void Now_WhenTheSystemsTimeNeedNotBeExact_IsTheCoarseClocks()
    {
        GroupClock clock = new(TimeProvider.System, isExact: false);
        long earliest = Environment.TickCount64;
        long now = clock.Now;
        Assert.InRange(now, earliest, Environment.TickCount64);
        Assert.Equal(TimeSpan.FromSeconds(2.5), clock.Between(1_000, 3_500));
    }

    // R23
    [Fact]
    public void Now_WhenTheSystemsTimeMustBeExact_IsATimestamp()
    {
        GroupClock clock = new(TimeProvider.System, isExact: true);
        long earliest = TimeProvider.System.GetTimestamp();
        long now = clock.Now;
        Assert.InRange(now, earliest, TimeProvider.System.GetTimestamp());
        Assert.Equal(TimeSpan.FromSeconds(1), clock.Between(5, 5 + TimeProvider.System.TimestampFrequency));
    }

    // R23: the times that an observer is told are exact; for snapshots alone they need not be
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Clock_WhenAnObserverWantsChildEvents_IsExact(bool isObserved)
    {
        var options = new TaskGroupOptions { TrackChildren = true, Observer = isObserved ? new RecordingObserver() : null };
        GroupClock clock = GroupSettings.Read(options, null).Clock;
        long second = isObserved ? TimeProvider.System.TimestampFrequency : 1_000; // a coarse clock counts milliseconds
        Assert.Equal(TimeSpan.FromSeconds(1), clock.Between(0, second));
    }

    // R23
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Now_WhenTheOpenerGaveAClock_IsThatOnes(bool isExact)
    {
        GroupClock clock = new(_manual, isExact);
        long opened = clock.Now;
        Assert.Equal(_manual.GetTimestamp(), opened);
        _manual.Advance(TimeSpan.FromMilliseconds(1.5));
        Assert.Equal(TimeSpan.FromMilliseconds(1.5), clock.Since(opened));
        Assert.Same(_manual, clock.Provider);
    }
}
