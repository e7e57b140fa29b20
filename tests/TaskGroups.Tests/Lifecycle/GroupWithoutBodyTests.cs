using TaskGroups.Testing;

namespace TaskGroups.Tests;

// A group without a body, which its opener closes: what the packages for hosts build on.
public sealed class GroupWithoutBodyTests
{
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task CloseAsync_WhenChildrenRun_WaitsForThemAndGivesOneOutcome(ChildStart start)
    {
        Gate release = new();
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions { ChildStart = start });
        Task child = group.Run(release.WaitAsync);
        Task joined = group.CloseAsync();
        Assert.Same(joined, group.CloseAsync());
        Assert.Same(joined, group.CloseAsync(new InvalidDataException("too late")));
        Assert.False(joined.IsCompleted || group.IsCompleted);
        release.Open();
        await joined.WithWatchdog();
        Assert.True(child.IsCompletedSuccessfully && group.IsCompleted);
        Assert.Same(joined, group.CloseAsync());
        Expect.Refused(group);
    }

    // R9, R11
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task CloseAsync_WhenGivenAFailure_CancelsTheChildrenAndThrowsIt(ChildStart start)
    {
        InvalidDataException failure = new();
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions { ChildStart = start });
        Task child = group.Run(Work.Forever);
        await Expect.Throws(group.CloseAsync(failure), failure);
        await Expect.ChildCanceled(child);

        OperationCanceledException foreign = new();
        await Expect.Throws(TaskGroup.Open(new TaskGroupOptions()).CloseAsync(foreign), foreign);

        using CancellationTokenSource caller = new();
        TaskGroup canceled = TaskGroup.Open(new TaskGroupOptions(), callerToken: caller.Token);
        await caller.CancelAsync();
        await Expect.Canceled(canceled.CloseAsync(foreign), caller.Token);
    }

    // R17: the end of the application is the reason on every level
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Cancel_WhenTheHostStops_IsTheReasonOfNestedGroupsToo(ChildStart start)
    {
        Gate started = new();
        TaskGroup root = TaskGroup.Open(new TaskGroupOptions { ChildStart = start, FailurePolicy = FailurePolicy.Supervise });
        TaskGroup middle = TaskGroup.Open(new TaskGroupOptions(), root);
        Task nested = middle.RunGroupAsync(async inner =>
        {
            inner.Run(ct =>
            {
                started.Open();
                return Work.Forever(ct);
            });
            await Record.ExceptionAsync(() => Work.Forever(inner.CancellationToken));
            Assert.Equal(CancellationReason.HostStopping, inner.CancellationReason);
        });
        await started.WaitAsync();
        root.Cancel(CancellationReason.HostStopping);
        Assert.Equal(
            (CancellationReason.HostStopping, CancellationReason.HostStopping),
            (root.CancellationReason, middle.CancellationReason));
        await Expect.Canceled(nested, middle.CancellationToken);
        await Expect.Canceled(middle.CloseAsync(), root.CancellationToken);
        await Expect.Canceled(root.CloseAsync(), root.CancellationToken);
    }

    // R7: parent and child
    [Fact]
    public async Task Open_WhenNested_IsWaitedForByItsParent()
    {
        TaskGroup parent = TaskGroup.Open(new TaskGroupOptions());
        TaskGroup child = TaskGroup.Open(new TaskGroupOptions(), parent);
        Assert.Same(parent, child.Parent);
        Task joined = parent.CloseAsync();
        Assert.False(joined.IsCompleted);
        parent.Stop();
        Assert.True(child.StoppingToken.IsCancellationRequested);
        await child.CloseAsync();
        await joined.WithWatchdog();
        Assert.Throws<InvalidOperationException>(() => TaskGroup.Open(new TaskGroupOptions(), parent));
    }

    // R4: a canceled parent or caller gives a group that is born canceled
    [Fact]
    public async Task Open_WhenAlreadyCanceled_IsBornCanceled()
    {
        CancellationToken fired = new(canceled: true);
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions(), callerToken: fired);
        Assert.Equal(CancellationReason.CallerCanceled, group.CancellationReason);
        Expect.NotStarted(group);
        await Expect.Canceled(group.CloseAsync(), fired);

        TaskGroup parent = TaskGroup.Open(new TaskGroupOptions());
        parent.Cancel();
        TaskGroup child = TaskGroup.Open(new TaskGroupOptions(), parent);
        Assert.Equal(CancellationReason.CallerCanceled, child.CancellationReason);
        Expect.NotStarted(child);
        await Expect.Canceled(child.CloseAsync(), parent.CancellationToken);
        await parent.CloseAsync().WithWatchdog();
    }

    // R24: exact counts, also right after a child was awaited
    [Fact]
    public async Task RunningCount_WhenChildrenEndAndStart_IsExactEachTime()
    {
        foreach (int? limit in new int?[] { null, 2 })
        {
            TaskGroup group = TaskGroup.Open(new TaskGroupOptions { ChildStart = ChildStart.Queued, MaxConcurrency = limit });
            Queue<(Gate Release, Task Child)> running = new();

            void Start()
            {
                Gate release = new();
                running.Enqueue((release, group.Run(_ => release.WaitAsync(CancellationToken.None))));
            }

            Start();
            Start();
            for (int i = 0; i < 16; i++)
            {
                Assert.Equal((2, 0), (group.RunningCount, group.WaitingCount));
                (Gate release, Task child) = running.Dequeue();
                release.Open();
                await child.WithWatchdog();
                Assert.Equal((1, 0), (group.RunningCount, group.WaitingCount));
                Start();
            }

            while (running.TryDequeue(out (Gate Release, Task Child) last))
            {
                last.Release.Open();
            }

            await group.CloseAsync().WithWatchdog();
            Assert.Equal((0, 0), (group.RunningCount, group.WaitingCount));
        }
    }

    // The same completion for all
    [Fact]
    public async Task CloseAsync_WhenCalledConcurrently_JoinsOnce()
    {
        for (int round = 0; round < 100; round++)
        {
            RecordingObserver observer = new();
            TaskGroup group = TaskGroup.Open(new TaskGroupOptions { Observer = observer });
            group.Run(async _ => await Task.Yield());
            Task[] joins = new Task[4];
            Parallel.For(0, joins.Length, i => joins[i] = group.CloseAsync());
            Assert.All(joins, join => Assert.Same(joins[0], join));
            await joins[0].WithWatchdog();
            Assert.Single(observer.Of<ObserverEvent.GroupCompleted>());
        }
    }

    [Fact]
    public void Open_WithoutOptions_SaysSo() =>
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => TaskGroup.Open((TaskGroupOptions)null!)).ParamName);

    // R7, R21: it leaves nothing behind, neither with its parent nor on the caller's token
    [Fact]
    public async Task TryCloseAlone_WhenNothingRunsAnyMore_CompletesTheGroup()
    {
        RecordingObserver observer = new();
        using CancellationTokenSource caller = new();
        TaskGroup parent = TaskGroup.Open(new TaskGroupOptions { TrackChildren = true });
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
