using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R23: nested timeouts, the earliest wins.
public sealed class RemainingTimeTests
{
    [Fact]
    public async Task RemainingTime_WithoutTimeout_IsNull() =>
        await TaskGroup.RunAsync(async group =>
        {
            Assert.Null(group.RemainingTime);
            await group.RunGroupAsync(nested =>
            {
                Assert.Null(nested.RemainingTime);
                return Task.CompletedTask;
            });
        }).WithWatchdog();

    [Fact]
    public async Task RemainingTime_InNestedGroups_IsThatOfTheEarliestTimeout()
    {
        ManualClock clock = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                Assert.Equal(TimeSpan.FromSeconds(9), group.RemainingTime);
                await group.RunGroupAsync(
                    async nested =>
                    {
                        Assert.Equal(TimeSpan.FromSeconds(2), nested.RemainingTime);
                        clock.Advance(TimeSpan.FromSeconds(1));
                        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)), (nested.RemainingTime, group.RemainingTime));
                        await nested.RunGroupAsync(
                            inner =>
                            {
                                Assert.Equal(TimeSpan.FromSeconds(1), inner.RemainingTime);
                                return Task.CompletedTask;
                            },
                            new TaskGroupOptions { Timeout = TimeSpan.FromMinutes(1) });
                    },
                    new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(2) });
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(10), TimeProvider = clock }).WithWatchdog();
    }

    [Fact]
    public async Task RemainingTime_AfterTheTimeout_IsZero()
    {
        ManualClock clock = new();
        Task run = TaskGroup.RunAsync(
            group =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                Assert.Equal(TimeSpan.Zero, group.RemainingTime);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(2), TimeProvider = clock });
        await run.WithWatchdog();
    }
}
