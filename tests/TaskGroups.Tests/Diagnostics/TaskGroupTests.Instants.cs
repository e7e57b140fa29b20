using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What is there at one instant, and what a message makes of many names.
public partial class TaskGroupTests
{
    // R18: ten names are enough, and a child that never ran did not run
    [Theory, Plays]
    public Task Timeout_WhenManyChildrenRun_NamesTenAndCountsTheRest(Play play) => play.In(async scene =>
    {
        await TimeOutAsync(scene, running: 10, "");
        await TimeOutAsync(scene, running: 12, " and 2 more");
    });

    private static async Task TimeOutAsync(Scene scene, int running, string rest)
    {
        Gate started = new(running);
        Task run = scene.RunAsync(
            group =>
            {
                for (int index = 0; index <= running; index++) // the last one waits for a slot
                {
                    group.Run(
                        ct =>
                        {
                            started.Open();
                            return Work.Forever(ct);
                        },
                        $"child {index:00}");
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions {
                Name = "crowd",
                MaxConcurrency = running,
                Timeout = TimeSpan.FromSeconds(3),
                TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(3));
        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => run);
        string names = string.Join(", ", Enumerable.Range(0, 10).Select(index => $"'child {index:00}' (3 s)"));
        Assert.Equal($"The task group 'crowd' was canceled by its timeout of 3 s. Still running: {names}{rest}.", late.Message);
    }

    // R18
    [Theory, Plays]
    public Task Timeout_WhenOnlyTheBodyRuns_SaysSo(Play play) => play.In(async scene =>
    {
        Task run = scene.RunAsync(
            group =>
            {
                scene.Clock.Advance(TimeSpan.FromSeconds(3));
                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions { Name = "lonely", Timeout = TimeSpan.FromSeconds(3), TimeProvider = scene.Clock });
        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => run);
        Assert.Equal("The task group 'lonely' was canceled by its timeout of 3 s. No child was running, only the body.", late.Message);
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

    // R11, R18: a body that obeys Stop has no value to give
    [Theory, Plays]
    public Task Stop_WhenABodyWithAValueObeysIt_IsCanceledWithTheSoftSignal(Play play) => play.In(async scene =>
    {
        CancellationToken soft = default;
        Task<int> run = scene.RunAsync<int>(group =>
        {
            soft = group.StoppingToken;
            group.Stop();
            soft.ThrowIfCancellationRequested();
            return Task.FromResult(1);
        });
        await Expect.Canceled(run, soft);
    });

    // R11: only the group's own soft signal excuses a child, whatever else has fired
    [Theory, Plays]
    public Task Stop_WhenAChildEndsWithAnotherFiredToken_HasFailed(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource foreign = new();
        await foreign.CancelAsync();
        OperationCanceledException failure = new(foreign.Token);
        Task run = scene.RunAsync(async group =>
        {
            group.Stop();
            Assert.True(group.StoppingToken.IsCancellationRequested);
            await group.Run(_ => Task.FromException(failure));
        });
        await Expect.Throws(run, failure);
    });

    // R20: a signal that comes after the end reaches nobody
    [Fact]
    public async Task FireLate_WhenTheGroupHasCompleted_FiresNothing()
    {
        ITaskGroup? completed = null;
        await TaskGroup.RunAsync(group =>
        {
            completed = group;
            return Task.CompletedTask;
        });
        using CancellationTokenSource late = new();
        TaskGroup.From(completed!).FireLate(late);
        Assert.False(late.IsCancellationRequested);
    }

    [Fact]
    public void TaskGroupFullException_WhenMadeByHand_KeepsItsParts()
    {
        TimeoutException cause = new();
        Assert.Equal("The task group is full.", new TaskGroupFullException().Message);
        Assert.Equal("by hand", new TaskGroupFullException("by hand").Message);
        Assert.Equal(
            ("by hand", cause),
            (new TaskGroupFullException("by hand", cause).Message, new TaskGroupFullException("by hand", cause).InnerException));
    }

    // An observer overrides what it needs: every event of this group goes to a method that does nothing.
    [Theory, Plays]
    public Task Observer_WhenItOverridesNothing_HarmsNobody(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new("first"), second = new("second");
        Gate started = new(), release = new();
        Task run = scene.RunAsync(
            async group =>
            {
                group.Run(
                    _ =>
                    {
                        started.Open();
                        return Work.FailAfter(release, second);
                    },
                    "straggles");
                await started.WaitAsync();
                await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(first)));
                await scene.Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5));
                scene.Clock.Advance(TimeSpan.FromSeconds(5));
                release.Open();
            },
            new TaskGroupOptions { Observer = new IndifferentObserver(), TimeProvider = scene.Clock });
        await Expect.Throws(run, first, second);
    });

    // R14, R15: nobody hears what the callback threw, and nobody suffers from it
    [Theory, Plays]
    public Task Cancel_WhenACallbackThrowsUnobserved_HarmsNobody(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Gate told = new();
        group.CancellationToken.Register(told.Open); // called after the next one: the last registration comes first
        group.CancellationToken.Register(() => throw new InvalidDataException());
        group.Cancel();
        await told.WaitAsync();
    }));

    // R11: a faulted task that holds nothing but a cancellation ended canceled
    [Theory, Plays]
    public Task RunAsync_WhenAChildsTaskFaultsWithACancellation_CountsItAsACancellation(
        Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Task child = group.Run(async ct =>
        {
            await Work.UntilCanceled(ct);
        });
        Task faulted = group.Run(ct => Faulted(child, ct));
        group.Cancel();
        await Record.ExceptionAsync(() => faulted);

        static Task Faulted(Task after, CancellationToken ct)
        {
            TaskCompletionSource source = new();
            after.ContinueWith(_ => source.SetException(new OperationCanceledException(ct)), TaskScheduler.Default);
            return source.Task;
        }
    }));

    // A timer that was about to fire when the group completed finds nobody to report.
    [Fact]
    public async Task ChildStraggling_WhenItsTimerFiresAfterTheEnd_IsNotReported()
    {
        LateClock clock = new();
        RecordingObserver observer = new();
        ITaskGroup? completed = null;
        await TaskGroup.RunAsync(
            group =>
            {
                completed = group;
                group.Cancel();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = observer, TimeProvider = clock });
        int before = observer.Events.Count;
        clock.Fire!();
        Assert.Equal(before, observer.Events.Count);
        Expect.Refused(completed!);
    }

    // R24: whoever ends, and in whatever order, leaves the others in the list
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

    // R4, R26: neither who was refused nor who was never invoked is there
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

    // R26: a slot returns, whether its child began or not
    [Fact]
    public async Task Cancel_WhenQueuedChildrenHaveSlotsButMayNotHaveBegun_LeavesNoSlotTaken()
    {
        const int Slots = 100;
        TaskGroup? completed = null;
        await TaskGroup.RunAsync(
            group =>
            {
                completed = TaskGroup.From(group);
                for (int index = 0; index < Slots; index++)
                {
                    group.Run(_ => Task.CompletedTask);
                }

                group.Cancel();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { ChildStart = ChildStart.Queued, MaxConcurrency = Slots });
        Assert.Equal((0, 0), completed!.Counts);
    }

    private sealed class IndifferentObserver : TaskGroupObserver;

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

    /// <summary>A clock whose only timer is fired by hand, also after it was disposed.</summary>
    private sealed class LateClock : TimeProvider
    {
        public Action? Fire { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Fire = () => callback(state);
            return base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
