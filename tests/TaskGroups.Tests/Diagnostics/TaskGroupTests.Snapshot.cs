using TaskGroups.Testing;

namespace TaskGroups.Tests;

// design 3.1: what a snapshot shows.
public partial class TaskGroupTests
{
    private static TaskGroupOptions Tracking => new() { TrackChildren = true };

    // AN-22
    [Theory, Plays]
    public Task GetSnapshot_WhenGroupsAreNested_ShowsNamesAndLevelsFlat(Play play) => play.In(async scene =>
    {
        Gate started = new(3), release = new();

        async Task Wait(CancellationToken ct)
        {
            started.Open();
            await release.WaitAsync(ct);
        }

        await scene.RunAsync(
            async outer =>
            {
                outer.Run(Wait, "a");
                Task nested = outer.RunGroupAsync(
                    async middle =>
                    {
                        middle.Run(Wait, "b");
                        await middle.RunGroupAsync(
                            inner =>
                            {
                                inner.Run(Wait, "c");
                                return Task.CompletedTask;
                            },
                            new TaskGroupOptions { Name = "inner" });
                    },
                    new TaskGroupOptions { Name = "middle" });
                await started.WaitAsync();

                IReadOnlyList<TaskGroupSnapshotEntry> entries = outer.GetSnapshot().Entries;
                Dictionary<long, string> names = entries.ToDictionary(each => each.Id, each => each.Name);
                Assert.Equal(
                    [
                        (SnapshotKind.Group, "outer", null, 1),
                        (SnapshotKind.Child, "a", "outer", 0),
                        (SnapshotKind.Group, "middle", "outer", 1),
                        (SnapshotKind.Child, "b", "middle", 0),
                        (SnapshotKind.Group, "inner", "middle", 1),
                        (SnapshotKind.Child, "c", "inner", 0),
                    ],
                    entries.Select(each => (each.Kind, each.Name, each.ParentId is { } parent ? names[parent] : null, each.RunningCount))
                        .ToArray());
                Assert.All(entries, each => Assert.Equal(SnapshotState.Running, each.State));
                Assert.Equal(entries.Select(each => each.Id), outer.GetSnapshot().Entries.Select(each => each.Id));
                release.Open();
                await nested;
            },
            new TaskGroupOptions { Name = "outer", TrackChildren = true });
    });

    // PY-23, R24
    [Theory, Plays]
    public Task GetSnapshot_WhenShortChildrenComeAndGo_ListsTheLiveOnes(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                for (int i = 0; i < 10; i++)
                {
                    Gate started = new(), release = new();
                    string name = $"child {i}";
                    Task<int> child = group.Run(
                        async _ =>
                        {
                            started.Open();
                            await release.WaitAsync(CancellationToken.None);
                            return i;
                        },
                        name);
                    await started.WaitAsync();
                    Assert.Equal([name], Live(group));
                    release.Open();
                    await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Name == name);
                    Assert.Empty(Live(group));
                    await child;
                }

                TaskGroupSnapshotEntry entry = Assert.Single(group.GetSnapshot().Entries);
                Assert.Equal(SnapshotState.Running, entry.State);
            },
            new TaskGroupOptions { Observer = scene.Observer });

        static IEnumerable<string> Live(ITaskGroup group) =>
            group.GetSnapshot().Entries.Where(each => each.Kind == SnapshotKind.Child).Select(each => each.Name);
    });

    // TK-04
    [Theory, Plays]
    public Task GetSnapshot_WhenStubbornChildrenOutliveTheCancellation_ShowsSinceWhen(Play play) => play.In(async scene =>
    {
        const int Each = 5;
        await scene.RunAsync(
            async group =>
            {
                Gate started = new(2 * Each), release = new();
                Task[] quick = new Task[Each];
                for (int i = 0; i < Each; i++)
                {
                    group.Run(
                        async _ =>
                        {
                            started.Open();
                            await release.WaitAsync(CancellationToken.None);
                        },
                        "stubborn");
                    quick[i] = group.Run(
                        ct =>
                        {
                            started.Open();
                            return Work.Forever(ct);
                        },
                        "quick");
                }

                await started.WaitAsync();
                group.Cancel();
                await scene.Observer.WaitForAsync<ObserverEvent.GroupCanceled>();
                for (int i = 0; i < Each; i++)
                {
                    await Record.ExceptionAsync(() => quick[i]);
                }

                while (scene.Observer.Of<ObserverEvent.ChildCompleted>().Count < Each)
                {
                    await Task.Yield();
                }

                scene.Clock.Advance(TimeSpan.FromSeconds(2));
                IReadOnlyList<TaskGroupSnapshotEntry> entries = group.GetSnapshot().Entries;
                Assert.Equal(1 + Each, entries.Count);
                Assert.Equal(Each, entries[0].RunningCount);
                Assert.All(entries, each => Assert.Equal(
                    (SnapshotState.Ending, TimeSpan.FromSeconds(2), CancellationReason.Requested),
                    (each.State, each.SinceCancellation, each.CancellationReason)));
                Assert.All(entries.Skip(1), each => Assert.Equal("stubborn", each.Name));
                release.Open();
            },
            new TaskGroupOptions { TimeProvider = scene.Clock, Observer = scene.Observer });
    });

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

    // design 3.1: without TrackChildren it holds the groups and their counts
    [Theory, Plays]
    public Task GetSnapshot_WhenChildrenAreNotTracked_ShowsGroupsAndCounts(Play play) => play.In(async scene =>
    {
        Gate started = new(2), release = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                for (int i = 0; i < 2; i++)
                {
                    group.Run(async _ =>
                    {
                        started.Open();
                        await release.WaitAsync(CancellationToken.None);
                    });
                }

                await started.WaitAsync();
                TaskGroupSnapshotEntry entry = Assert.Single(group.GetSnapshot().Entries);
                Assert.Equal((SnapshotKind.Group, 2, 0), (entry.Kind, entry.RunningCount, entry.WaitingCount));
                Assert.Null(entry.ParentId);
                release.Open();
            },
            new TaskGroupOptions { ChildStart = scene.Start });
    });

    // design 3.1: Timeout and Observer imply TrackChildren, and a tracking outer group does
    [Theory, Plays]
    public Task GetSnapshot_WhenTrackingIsImplied_ListsChildren(Play play) => play.In(async scene =>
    {
        TaskGroupOptions[] tracking =
        [
            Tracking,
            new() { Timeout = TimeSpan.FromHours(1) },
            new() { Observer = scene.Observer },
        ];
        foreach (TaskGroupOptions options in tracking)
        {
            await scene.RunAsync(
                async outer =>
                {
                    await outer.RunGroupAsync(async inner =>
                    {
                        Gate started = new(), release = new();
                        inner.Run(
                            async _ =>
                            {
                                started.Open();
                                await release.WaitAsync(CancellationToken.None);
                            },
                            "child");
                        await started.WaitAsync();
                        Assert.Contains(outer.GetSnapshot().Entries, each => each is { Kind: SnapshotKind.Child, Name: "child" });
                        release.Open();
                    });
                },
                options);
        }
    });

    // times are those of the group's clock
    [Theory, Plays]
    public Task GetSnapshot_WhenTheClockMoves_ShowsAges(Play play) => play.In(async scene =>
    {
        DateTimeOffset opened = scene.Clock.GetUtcNow();
        await scene.RunAsync(
            async group =>
            {
                scene.Clock.Advance(TimeSpan.FromSeconds(1));
                Gate started = new(), release = new();
                group.Run(async _ =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                });
                await started.WaitAsync();
                scene.Clock.Advance(TimeSpan.FromSeconds(2));
                TaskGroupSnapshot snapshot = group.GetSnapshot();
                Assert.Equal(opened + TimeSpan.FromSeconds(3), snapshot.TakenAt);
                Assert.Equal(
                    [(opened, TimeSpan.FromSeconds(3), null), (opened + TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), null)],
                    snapshot.Entries.Select(each => (each.StartedAt, each.Elapsed, each.SinceCancellation)).ToArray());
                release.Open();
            },
            new TaskGroupOptions { TrackChildren = true, TimeProvider = scene.Clock });
    });

    // R26: a child that has its slot does not wait for one, even if the pool has not come to it yet
    [Theory, Plays]
    public Task GetSnapshot_WhenAChildGotItsSlotAtOnce_NeverShowsItWaiting(Play play) => play.In(scene => scene.RunAsync(
        async group =>
        {
            for (int round = 0; round < 100; round++)
            {
                Task child = group.Run(_ => Task.CompletedTask);
                Assert.DoesNotContain(group.GetSnapshot().Entries, each => each.State == SnapshotState.Waiting);
                await child;
            }
        },
        new TaskGroupOptions { TrackChildren = true, MaxConcurrency = 1 }));

    // how long a group took does not grow after its end
    [Theory, Plays]
    public Task GetSnapshot_WhenTheGroupHasCompleted_ShowsHowLongItTook(Play play) => play.In(async scene =>
    {
        ITaskGroup? captured = null;
        await scene.RunAsync(
            group =>
            {
                captured = group;
                scene.Clock.Advance(TimeSpan.FromSeconds(2));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { TrackChildren = true, TimeProvider = scene.Clock });
        scene.Clock.Advance(TimeSpan.FromSeconds(5));
        TaskGroupSnapshotEntry entry = Assert.Single(captured!.GetSnapshot().Entries);
        Assert.Equal((SnapshotState.Completed, TimeSpan.FromSeconds(2)), (entry.State, entry.Elapsed));
    });

    // siblings come in the order in which they opened, each with its children
    [Theory, Plays]
    public Task GetSnapshot_WhenGroupsAreNestedSideBySide_KeepsTheirOrder(Play play) => play.In(scene => scene.RunAsync(
        async outer =>
        {
            Gate started = new(3), release = new();
            Task[] nested = [.. new[] { "a", "b", "c" }.Select(name => outer.RunGroupAsync(
                inner =>
                {
                    inner.Run(
                        _ =>
                        {
                            started.Open();
                            return release.WaitAsync(CancellationToken.None);
                        },
                        $"child of {name}");
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { Name = name }))];
            await started.WaitAsync();
            Assert.Equal(
                ["outer", "a", "child of a", "b", "child of b", "c", "child of c"],
                outer.GetSnapshot().Entries.Select(each => each.Name));
            release.Open();
            await Task.WhenAll(nested);
        },
        new TaskGroupOptions { Name = "outer", TrackChildren = true }));

    // SW-04, R2
    [Theory, Plays(StartModesOnly = true)]
    public Task GetSnapshot_WhenTakenAmidStartsEndsAndACancel_IsConsistent(Play play) => play.In(async scene =>
    {
        foreach (bool tracks in new[] { true, false })
        {
            await WatchAGroup(scene, tracks);
        }
    });

    // R24: the lines of a roster are used again, by other groups as well
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
