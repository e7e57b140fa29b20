using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What a snapshot shows.
public sealed class SnapshotTests
{
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

    // R24
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

    // Without TrackChildren it holds the groups and their counts
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

    // Timeout and Observer imply TrackChildren, and a tracking outer group does
    [Theory, Plays]
    public Task GetSnapshot_WhenTrackingIsImplied_ListsChildren(Play play) => play.In(async scene =>
    {
        TaskGroupOptions[] tracking =
        [
            new TaskGroupOptions { TrackChildren = true },
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

    // R24: whichever child ends, and in whatever order, leaves the others in the list
    [Theory, Plays]
    public Task GetSnapshot_WhenChildrenEndInAnyOrder_ListsTheLiveOnes(Play play) => play.In(scene =>
    {
        RecordingObserver observer = new();
        return scene.RunAsync(
            async group =>
            {
                foreach (int[] order in new int[][] { [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0] })
                {
                    Gate[] gates = [new(), new(), new()];
                    string[] names = [.. gates.Select((_, index) => $"{string.Concat(order)}: {index}")];
                    List<string> live = [.. names];
                    for (int index = 0; index < gates.Length; index++)
                    {
                        Gate gate = gates[index];
                        group.Run(async _ => await gate.WaitAsync(CancellationToken.None), names[index]);
                    }

                    foreach (int next in order)
                    {
                        Assert.Equal(live, group.GetSnapshot().Entries.Skip(1).Select(entry => entry.Name));
                        gates[next].Open();

                        // Not the child's own task: that is completed an instant before its group knows.
                        await observer.WaitForAsync<ObserverEvent.ChildCompleted>(ended => ended.Name == names[next]);
                        live.Remove(names[next]);
                    }

                    Assert.Single(group.GetSnapshot().Entries);
                }
            },
            new TaskGroupOptions { TrackChildren = true, Observer = observer });
    });

    // R4, R26: neither a refused child nor one that was never invoked is there
    [Theory, Plays]
    public Task GetSnapshot_WhenChildrenWereRefusedOrDropped_DoesNotListThem(Play play) => play.In(scene => scene.RunAsync(
        async group =>
        {
            Gate release = new(), started = new();
            Task runs = group.Run(
                _ =>
                {
                    started.Open();
                    return release.WaitAsync(CancellationToken.None);
                },
                "runs");
            await started.WaitAsync();
            Task waits = group.Run(Work.Forever, "waits");
            Action refused = () => group.Run(Work.Forever, "refused");
            Assert.Throws<TaskGroupFullException>(refused);
            Assert.Equal(["runs", "waits"], group.GetSnapshot().Entries.Skip(1).Select(entry => entry.Name));
            group.Cancel();
            await Expect.ChildCanceled(waits);
            Assert.Equal(["runs"], group.GetSnapshot().Entries.Skip(1).Select(entry => entry.Name));
            release.Open();
            await runs;
        },
        new TaskGroupOptions { TrackChildren = true, MaxConcurrency = 1, MaxWaiting = 1 }));
}
