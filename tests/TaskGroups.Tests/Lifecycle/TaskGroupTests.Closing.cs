using TaskGroups.Testing;

namespace TaskGroups.Tests;

// TryCloseAlone: an owner's short way out of a group in which nothing runs any more.
public partial class TaskGroupTests
{
    // R7, R21: it leaves nothing behind, neither with its parent nor on the caller's token
    [Fact]
    public async Task TryCloseAlone_WhenNothingRunsAnyMore_CompletesTheGroup()
    {
        RecordingObserver observer = new();
        using CancellationTokenSource caller = new();
        TaskGroup parent = TaskGroup.Open(Tracking);
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions { Observer = observer }, parent, callerToken: caller.Token);
        await group.Run(_ => Task.CompletedTask);
        Assert.True(group.TryCloseAlone());
        Assert.True(group.IsCompleted);
        Assert.Single(observer.Of<ObserverEvent.GroupCompleted>());
        Assert.Single(parent.GetSnapshot().Entries);
        Expect.Refused(group);
        await caller.CancelAsync();
        Assert.Equal(CancellationReason.None, group.CancellationReason);
        Assert.True(parent.TryCloseAlone());
    }

    // R1, R13, R18: where there is something to wait for, or to throw, the long way is the only one
    [Fact]
    public async Task TryCloseAlone_WhenTheGroupMayHaveMoreToSay_LeavesItOpen()
    {
        Gate release = new();
        TaskGroup busy = TaskGroup.Open(new TaskGroupOptions());
        busy.Run(release.WaitAsync);
        await AssertStaysOpenAsync(busy, release.Open);

        TaskGroup outer = TaskGroup.Open(new TaskGroupOptions()), inner = TaskGroup.Open(new TaskGroupOptions(), outer);
        await AssertStaysOpenAsync(outer, () => Assert.True(inner.TryCloseAlone()));

        TaskGroup canceled = TaskGroup.Open(new TaskGroupOptions());
        canceled.Cancel();
        await AssertStaysOpenAsync(canceled, () => { });

        InvalidDataException failure = new();
        TaskGroup collecting = TaskGroup.Open(new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
        await Record.ExceptionAsync(() => collecting.Run(_ => Task.FromException(failure)));
        Assert.False(collecting.TryCloseAlone());
        await Expect.Throws(collecting.CloseAsync(), failure);

        static async Task AssertStaysOpenAsync(TaskGroup group, Action end)
        {
            Assert.False(group.TryCloseAlone());
            Assert.False(group.IsCompleted);
            end();
            await group.CloseAsync().WithWatchdog();
        }
    }
}
