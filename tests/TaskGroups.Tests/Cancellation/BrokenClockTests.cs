using TaskGroups.Testing;

namespace TaskGroups.Tests;

// A time provider that creates no timers: the code that opens the group gets its exception, and no group waits for ever.
public sealed class BrokenClockTests
{
    // R23
    [Fact]
    public void RunAsync_WhenTheTimeProviderGivesNoTimer_ThrowsAtOnceAndTheThreadsNextGroupIsWhole()
    {
        RecordingObserver observer = new();
        Assert.Throws<BrokenClockException>(() =>
        {
            _ = TaskGroup.RunAsync(
                _ => Task.CompletedTask,
                new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = new BrokenClock(), Observer = observer });
        });
        Assert.Single(observer.Of<ObserverEvent.GroupCompleted>());

        int ran = 0;
        Assert.True(TaskGroup.RunAsync(group => group.Run(_ =>
        {
            ran++;
            return Task.CompletedTask;
        })).IsCompletedSuccessfully);
        Assert.Equal(1, ran);
    }

    // R21, R23
    [Fact]
    public Task RunAsync_WhenTheTimeProviderGivesNoTimer_LeavesNothingOnItsThread()
    {
        WeakObserver observer = new();
        Assert.Throws<BrokenClockException>(() =>
        {
            _ = TaskGroup.RunAsync(
                _ => Task.CompletedTask,
                new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = new BrokenClock(), Observer = observer });
        });
        return Expect.Collected(observer.Group!);
    }

    // R7, R23
    [Fact]
    public async Task RunGroupAsync_WhenTheTimeProviderGivesNoTimer_LeavesItsParentWhole()
    {
        Task run = TaskGroup.RunAsync(
            group =>
            {
                Assert.Throws<BrokenClockException>(() =>
                {
                    _ = group.RunGroupAsync(
                        _ => Task.CompletedTask, new TaskGroupOptions
                        {
                            Timeout = TimeSpan.FromSeconds(1),
                            TimeProvider = new BrokenClock()
                        });
                });
                Assert.Single(group.GetSnapshot().Entries);
                return group.Run(_ => Task.CompletedTask);
            },
            new TaskGroupOptions { TrackChildren = true });
        await run.WaitAsync(TimeSpan.FromSeconds(30));
    }

    // R14, R15
    [Fact]
    public async Task Cancel_WhenTheTimeProviderGivesNoTimerForStragglers_CancelsAndReports()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                Task child = group.Run(Work.Forever);
                group.Cancel();
                await child.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            },
            new TaskGroupOptions { TimeProvider = new BrokenClock(), Observer = observer }).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.IsType<BrokenClockException>(Assert.Single(observer.Of<ObserverEvent.ExceptionUnseen>()).Exception);
        Assert.Single(observer.Of<ObserverEvent.GroupCanceled>());
    }

    private sealed class WeakObserver : TaskGroupObserver
    {
        public WeakReference? Group { get; private set; }

        public override void GroupOpened(ITaskGroup group) => Group = new WeakReference(group);
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            throw new BrokenClockException();
    }

    private sealed class BrokenClockException : Exception;
}
