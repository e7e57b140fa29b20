using TaskGroups.Testing;

namespace TaskGroups.Tests;

// The state of a child in a snapshot, and the counts of its group, whenever and however it was started.
public sealed class SnapshotStateTests
{
    // R26
    [Theory, Plays]
    public Task GetSnapshot_WhenAChildWaitsForASlot_SaysSo(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                Gate started = new(), release = new();
                Task running = group.Run(
                    async _ =>
                    {
                        started.Open();
                        await release.WaitAsync(CancellationToken.None);
                    },
                    "first");
                group.Run(_ => Task.CompletedTask, "second");
                await started.WaitAsync();
                IReadOnlyList<TaskGroupSnapshotEntry> entries = group.GetSnapshot().Entries;
                Assert.Equal((1, 1), (entries[0].RunningCount, entries[0].WaitingCount));
                Assert.Equal(
                    [("first", SnapshotState.Running), ("second", SnapshotState.Waiting)],
                    entries.Skip(1).Select(each => (each.Name, each.State)).ToArray());
                release.Open();
                await running;
            },
            new TaskGroupOptions { TrackChildren = true, MaxConcurrency = 1 });
    });

    // R2
    [Fact]
    public async Task GetSnapshot_WhileTheBodysSynchronousPartRuns_CountsItsChildren()
    {
        List<int> counts = [];
        Gate gate = new();
        await TaskGroup.RunAsync(group =>
        {
            void Count() => counts.Add(group.GetSnapshot().Entries[0].RunningCount);

            Count();
            group.Run(gate.WaitAsync);
            Count();
            group.Run(_ =>
            {
                Count(); // itself as well
                return gate.WaitAsync(CancellationToken.None);
            });
            group.Run(_ =>
            {
                Count();
                return Task.CompletedTask;
            });
            Count();
            Assert.True(Task.Run(Count).Wait(WatchdogExtensions.Limit)); // from another thread
            gate.Open();
            return Task.CompletedTask;
        });

        Assert.Equal([0, 1, 2, 3, 2, 2], counts);
    }

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
        new TaskGroupOptions { TrackChildren = true }));

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
}
