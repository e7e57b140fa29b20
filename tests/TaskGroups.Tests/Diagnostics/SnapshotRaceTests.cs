using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Entries of children are used again: a snapshot shows those of its own group only, whatever happens meanwhile.
public sealed class SnapshotRaceTests
{
    // R2
    [Theory, Plays(StartModesOnly = true)]
    public Task GetSnapshot_WhenTakenAmidStartsEndsAndACancel_IsConsistent(Play play) => play.In(async scene =>
    {
        foreach (bool tracks in new[] { true, false })
        {
            await WatchAGroup(scene, tracks);
        }
    });

    // R24: the records of a registry are used again, by other groups as well
    [Theory, Plays(StartModesOnly = true)]
    public Task GetSnapshot_WhenOtherGroupsUseTheSameLines_ShowsOnlyItsOwnChildren(Play play) => play.In(async scene =>
    {
        async Task RunOneAsync(string name) => await scene.RunAsync(
            async group =>
            {
                for (int round = 0; round < 300; round++)
                {
                    Task[] children = [.. Enumerable.Range(0, 5).Select(_ => group.Run(async _ => await Task.Yield(), name))];
                    Assert.All(group.GetSnapshot().Entries.Skip(1), each => Assert.Equal(name, each.Name));
                    await Task.WhenAll(children);
                }
            },
            new TaskGroupOptions { TrackChildren = true });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(each => Task.Run(() => RunOneAsync($"child of {each}"))));
    });

    // R24: whatever became of a child or of a nested group, its thread's next one has the same line
    [Fact]
    public async Task Run_WhenAChildHasEnded_ReusesItsRecord()
    {
        Gate release = new();
        TaskGroupOptions tracking = new() { TrackChildren = true };
        TaskGroupOptions full = new() { TrackChildren = true, MaxConcurrency = 1, MaxWaiting = 0 };
        await AssertReturnsItsRecordAsync(tracking, group => group.Run(_ => Task.CompletedTask));
        await AssertReturnsItsRecordAsync(tracking, group => group.RunGroupAsync(_ => Task.CompletedTask));
        await AssertReturnsItsRecordAsync(full, group => Assert.False(group.TryRun(_ => Task.CompletedTask)), group => group.Run(Held));
        full.MaxWaiting = 1;
        await AssertReturnsItsRecordAsync(full, Drop, group => group.Run(Held));

        Task Held(CancellationToken ct) => release.WaitAsync(CancellationToken.None);

        void Drop(ITaskGroup group)
        {
            Task waits = group.Run(Held);
            group.Cancel();
            Assert.True(waits.IsCanceled);
        }

        async Task AssertReturnsItsRecordAsync(TaskGroupOptions options, Action<ITaskGroup> use, Action<ITaskGroup>? prepare = null)
        {
            Task run = TaskGroup.RunAsync(
                group =>
                {
                    prepare?.Invoke(group);
                    ChildRecord record = ChildRecord.OfChild("on top of this thread's pool", null);
                    record.Free();
                    use(group);
                    Assert.Same(record, ChildRecord.OfChild("again", null));
                    return Task.CompletedTask;
                },
                options);
            release.Open();
            await run.WithWatchdog();
            release = new Gate();
        }
    }

    // R21, R24: who keeps a nested group keeps no record that others use by now
    [Fact]
    public Task RunGroupAsync_WhenCompleted_ReturnsItsRecord() => TaskGroup.RunAsync(async outer =>
    {
        TaskGroup? kept = null;
        await outer.RunGroupAsync(nested =>
        {
            kept = TaskGroup.From(nested);
            Assert.NotNull(kept.Registry!.ParentEntry);
            return Task.CompletedTask;
        });
        Assert.Null(kept!.Registry!.ParentEntry);
    });

    private static async Task WatchAGroup(Scene scene, bool tracks)
    {
        using CancellationTokenSource enough = new();
        ITaskGroup? captured = null;
        Gate opened = new();
        int taken = 0;

        void Watch()
        {
            CancellationReason last = CancellationReason.None;
            while (!enough.IsCancellationRequested)
            {
                IReadOnlyList<TaskGroupSnapshotEntry> entries = captured!.GetSnapshot().Entries;
                TaskGroupSnapshotEntry group = entries[0];
                Assert.InRange(group.RunningCount, 0, 8);
                Assert.True(group.WaitingCount >= 0);
                Assert.Equal(group.CancellationReason == CancellationReason.None, group.SinceCancellation is null);
                Assert.Equal(tracks ? group.RunningCount + group.WaitingCount : 0, entries.Count - 1);
                Assert.True(!tracks || entries.Skip(1).Count(each => each.State == SnapshotState.Waiting) == group.WaitingCount);
                Assert.Equal(group.CancellationReason == CancellationReason.None, group.State == SnapshotState.Running);
                Assert.True(last == CancellationReason.None || last == group.CancellationReason);
                Assert.All(entries.Skip(1), each => Assert.Equal(group.Id, each.ParentId));
                last = group.CancellationReason;
                Interlocked.Increment(ref taken);
            }
        }

        Task watcher = Task.Run(async () =>
        {
            await opened.WaitAsync();
            Watch();
        });
        await scene.RunAsync(
            async group =>
            {
                captured = group;
                opened.Open();
                for (int i = 0; i < 2_000 || Volatile.Read(ref taken) < 20; i++)
                {
                    if (!group.TryRun(async _ => await Task.Yield()))
                    {
                        await Task.Yield();
                    }

                    if (watcher.IsCompleted)
                    {
                        break;
                    }
                }

                group.Cancel();
                await Task.Yield();
            },
            new TaskGroupOptions { TrackChildren = tracks, MaxConcurrency = 8, MaxWaiting = 200 });
        await enough.CancelAsync();
        await watcher;
    }
}
