using TaskGroups.Testing;

namespace TaskGroups.Tests;

// The line of a child in its group's roster: what it says while the child waits and runs, and that others use it afterwards.
public partial class TaskGroupTests
{
    // design 3.1
    [Theory, Plays]
    public Task GetSnapshot_HoweverAndWheneverAChildWasStarted_ShowsItRunning(Play play) => play.In(scene => scene.RunAsync(
        async group =>
        {
            Gate started = new(4), release = new();
            group.Run(WorkAsync);
            Assert.True(group.TryRun(WorkAsync));
            await Task.Yield();
            group.Run(WorkAsync);
            Assert.True(group.TryRun(WorkAsync));
            await started.WaitAsync();
            Assert.Equal(
                Enumerable.Repeat(SnapshotState.Running, 4), group.GetSnapshot().Entries.Skip(1).Select(each => each.State));
            release.Open();

            Task WorkAsync(CancellationToken ct)
            {
                started.Open();
                return release.WaitAsync(CancellationToken.None);
            }
        },
        Tracking));

    // R26
    [Theory, Plays]
    public Task GetSnapshot_WhenAChildWithoutATaskWaits_SaysSo(Play play) => play.In(scene => scene.RunAsync(
        async group =>
        {
            Gate started = new(), release = new();
            Assert.True(group.TryRun(
                _ =>
                {
                    started.Open();
                    return release.WaitAsync(CancellationToken.None);
                },
                "first"));
            Assert.True(group.TryRun(_ => Task.CompletedTask, "second"));
            await started.WaitAsync();
            Assert.Equal(
                [("first", SnapshotState.Running), ("second", SnapshotState.Waiting)],
                group.GetSnapshot().Entries.Skip(1).Select(each => (each.Name, each.State)));
            release.Open();
        },
        new TaskGroupOptions { TrackChildren = true, MaxConcurrency = 1 }));

    // R23: a child's time begins when it comes to wait, and again when it begins
    [Theory, Plays]
    public Task GetSnapshot_WhenAChildHasWaited_CountsItsTimeFromItsStart(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                Gate[] started = [new(), new()], release = [new(), new()];
                Task[] children = [.. started.Select((_, index) => group.Run(
                    async _ =>
                    {
                        started[index].Open();
                        await release[index].WaitAsync(CancellationToken.None);
                    },
                    $"{index}"))];
                await started[0].WaitAsync();
                scene.Clock.Advance(TimeSpan.FromSeconds(2));
                Assert.Equal(TimeSpan.FromSeconds(2), group.GetSnapshot().Entries[^1].Elapsed);
                release[0].Open();
                await started[1].WaitAsync();
                scene.Clock.Advance(TimeSpan.FromSeconds(3));
                Assert.Equal(TimeSpan.FromSeconds(3), group.GetSnapshot().Entries[^1].Elapsed);
                release[1].Open();
                await Task.WhenAll(children);
            },
            new TaskGroupOptions { MaxConcurrency = 1, Observer = scene.Observer, TimeProvider = scene.Clock });
        Assert.Equal(TimeSpan.FromSeconds(3), scene.Observer.Of<ObserverEvent.ChildCompleted>()[^1].Elapsed);
    });

    // R24: whatever became of a child or of a nested group, its thread's next one has the same line
    [Fact]
    public async Task Run_WhenAChildHasLeft_ItsLineIsTheNextOnes()
    {
        Gate release = new();
        TaskGroupOptions full = new() { TrackChildren = true, MaxConcurrency = 1, MaxWaiting = 0 };
        await AssertReturnsItsLineAsync(Tracking, group => group.Run(_ => Task.CompletedTask));
        await AssertReturnsItsLineAsync(Tracking, group => group.RunGroupAsync(_ => Task.CompletedTask));
        await AssertReturnsItsLineAsync(full, group => Assert.False(group.TryRun(_ => Task.CompletedTask)), group => group.Run(Held));
        full.MaxWaiting = 1;
        await AssertReturnsItsLineAsync(full, Drop, group => group.Run(Held));

        Task Held(CancellationToken ct) => release.WaitAsync(CancellationToken.None);

        void Drop(ITaskGroup group)
        {
            Task waits = group.Run(Held);
            group.Cancel();
            Assert.True(waits.IsCanceled);
        }

        async Task AssertReturnsItsLineAsync(TaskGroupOptions options, Action<ITaskGroup> use, Action<ITaskGroup>? prepare = null)
        {
            Task run = TaskGroup.RunAsync(
                group =>
                {
                    prepare?.Invoke(group);
                    Member line = Member.Of("on top of this thread's pile", null);
                    line.Free();
                    use(group);
                    Assert.Same(line, Member.Of("again", null));
                    return Task.CompletedTask;
                },
                options);
            release.Open();
            await run.WithWatchdog();
            release = new Gate();
        }
    }

    // R21, R24: who keeps a nested group keeps no line that others use by now
    [Fact]
    public Task RunGroupAsync_WhenCompleted_HasLetGoOfItsLine() => TaskGroup.RunAsync(async outer =>
    {
        TaskGroup? kept = null;
        await outer.RunGroupAsync(nested =>
        {
            kept = TaskGroup.From(nested);
            Assert.NotNull(kept.RosterOrNone!.Place);
            return Task.CompletedTask;
        });
        Assert.Null(kept!.RosterOrNone!.Place);
    });
}
