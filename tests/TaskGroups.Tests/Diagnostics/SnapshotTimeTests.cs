using TaskGroups.Testing;

namespace TaskGroups.Tests;

// The times in a snapshot.
public sealed class SnapshotTimeTests
{
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

    // The reason is set first; the clock is asked next. Who looks in between sees a canceled group, canceled just now.
    [Fact]
    public async Task GetSnapshot_WhenTakenAtTheInstantOfTheCancellation_SaysSinceZero()
    {
        CuriousClock clock = new();
        await TaskGroup.RunAsync(
            group =>
            {
                clock.Watch(group);
                group.Cancel();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { TimeProvider = clock });
        TaskGroupSnapshotEntry seen = Assert.Single(clock.Seen!.Entries);
        Assert.Equal(
            (SnapshotState.Ending, CancellationReason.Requested, TimeSpan.Zero),
            (seen.State, seen.CancellationReason, seen.SinceCancellation));
    }

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

    // R23: a clock may begin at zero
    [Fact]
    public void GetSnapshot_WhenTheClockBeganAtZero_TellsTheTimes()
    {
        ClockFromZero clock = new();
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { TimeProvider = clock, TrackChildren = true }, parent: null, callerToken: CancellationToken.None);
        group.Cancel();
        clock.Seconds = 3;
        Assert.Equal(TimeSpan.FromSeconds(3), group.GetSnapshot().Entries[0].SinceCancellation);
        clock.Seconds = 0;
        group.CloseAsync();
        clock.Seconds = 5;
        Assert.Equal(TimeSpan.Zero, group.GetSnapshot().Entries[0].Elapsed);
    }

    /// <summary>A clock that looks at a group when the group, once canceled, asks for the time.</summary>
    private sealed class CuriousClock : TimeProvider
    {
        private ITaskGroup? _watched;

        public TaskGroupSnapshot? Seen { get; private set; }

        public void Watch(ITaskGroup group) => _watched = group;

        public override long GetTimestamp()
        {
            if (_watched is { CancellationReason: not CancellationReason.None } group)
            {
                _watched = null;
                Seen = group.GetSnapshot();
            }

            return base.GetTimestamp();
        }
    }

    private sealed class ClockFromZero : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    // R23: a clock that goes back
    [Fact]
    public async Task GetSnapshot_WhenTheClockGoesBack_ShowsNoNegativeTimes()
    {
        BackwardClock clock = new();
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                Gate release = new();
                Task child = group.Run(_ => release.WaitAsync(CancellationToken.None), "child");
                clock.GoBack();
                Assert.All(group.GetSnapshot().Entries, each => Assert.Equal(TimeSpan.Zero, each.Elapsed));
                group.Cancel();
                clock.GoBack();
                Assert.All(group.GetSnapshot().Entries, each => Assert.Equal(TimeSpan.Zero, each.SinceCancellation));
                release.Open();
                await child;
            },
            new TaskGroupOptions { TimeProvider = clock, Observer = observer });

        Assert.Equal(TimeSpan.Zero, Assert.Single(observer.Of<ObserverEvent.ChildCompleted>()).Elapsed);
        Assert.Equal(TimeSpan.Zero, Assert.Single(observer.Of<ObserverEvent.GroupCompleted>()).Elapsed);
    }

    // A child is never older than its group, whatever time passes while the snapshot is taken.
    [Fact]
    public async Task GetSnapshot_WhileTimePasses_ShowsOneMoment()
    {
        RunningClock clock = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                Gate release = new();
                Task child = group.Run(_ => release.WaitAsync(CancellationToken.None), "child");
                Task nested = group.RunGroupAsync(_ => release.WaitAsync(CancellationToken.None));
                IReadOnlyList<TaskGroupSnapshotEntry> entries = group.GetSnapshot().Entries;
                Assert.Equal(3, entries.Count);
                Assert.Equal(entries.OrderByDescending(each => each.Elapsed).Select(each => each.Id), entries.Select(each => each.Id));
                release.Open();
                await Task.WhenAll(child, nested);
            },
            new TaskGroupOptions { TimeProvider = clock, TrackChildren = true });
    }

    private sealed class BackwardClock : TimeProvider
    {
        private long _now = long.MaxValue / 2;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public void GoBack() => Interlocked.Add(ref _now, -TimestampFrequency);
    }

    /// <summary>A clock on which a second passes whenever it is read.</summary>
    private sealed class RunningClock : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => Interlocked.Add(ref _now, TimestampFrequency);
    }
}
