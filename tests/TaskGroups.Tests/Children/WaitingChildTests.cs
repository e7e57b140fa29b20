using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R26: a child that waits for a slot and is canceled is never invoked.
public sealed class WaitingChildTests
{
    // R26
    [Theory, Plays]
    public Task Cancel_WhenAChildWaitsForASlot_NeverInvokesIt(Play play) => play.In(async scene =>
    {
        Gate started = new(10);
        bool invoked = false;
        Task? eleventh = null;
        ITaskGroup? captured = null;
        await scene.RunAsync(
            async group =>
            {
                captured = group;
                for (int i = 0; i < 10; i++)
                {
                    group.Run(ct =>
                    {
                        started.Open();
                        return Work.Forever(ct);
                    });
                }

                eleventh = group.Run(_ =>
                {
                    invoked = true;
                    return Task.CompletedTask;
                });
                await started.WaitAsync();
                group.Cancel();
            },
            new TaskGroupOptions { MaxConcurrency = 10 });
        OperationCanceledException cancellation = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => eleventh!);
        Assert.Equal(captured!.CancellationToken, cancellation.CancellationToken);
        Assert.Equal(TaskStatus.Canceled, eleventh!.Status);
        Assert.False(invoked);
    });

    // R18, R26: a waiting child that is dropped was work cut short
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCancelsWhileAChildWaits_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new(), release = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.Run(async _ =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                });
                group.Run(_ => Task.CompletedTask);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 1 },
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        release.Open();
        await Expect.Canceled(run, caller.Token);
    });

    // R26: the trap, and that cancellation ends it
    [Theory, Plays]
    public Task Cancel_WhenAChildWaitsForAChildOfItsOwnInItsFullGroup_EndsBoth(Play play) => play.In(async scene =>
    {
        Gate waiting = new();
        bool invoked = false;
        Task? inner = null;
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            group =>
            {
                captured = group;
                group.Run(async _ =>
                {
                    inner = group.Run(_ =>
                    {
                        invoked = true;
                        return Task.CompletedTask;
                    });
                    waiting.Open();
                    await inner;
                });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        await waiting.WaitAsync();
        Assert.False(inner!.IsCompleted);
        captured!.Cancel();
        await run;
        Assert.Equal(TaskStatus.Canceled, inner.Status);
        Assert.False(invoked);
    });

    // R26, R40: the group's own cancellation
    [Theory, Plays(StartModesOnly = true)]
    public Task Cancel_WhenFullGroupsAreCanceledManyTimes_InvokesNoWaitingChild(Play play) => play.In(async scene =>
    {
        const int Cycles = 10_000;
        for (int cycle = 0; cycle < Cycles; cycle++)
        {
            int waitingInvoked = 0;
            Task[] waiting = new Task[2];
            await scene.RunAsync(
                group =>
                {
                    group.Run(Work.UntilCanceled);
                    for (int i = 0; i < waiting.Length; i++)
                    {
                        waiting[i] = group.Run(_ =>
                        {
                            waitingInvoked++;
                            return Task.CompletedTask;
                        });
                    }

                    Assert.False(group.TryRun(_ => Task.CompletedTask));
                    group.Cancel();
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 2 });
            Assert.Equal(0, waitingInvoked);
            Assert.All(waiting, each => Assert.Equal(TaskStatus.Canceled, each.Status));
        }
    });

    // R4, R26: the cancellation emptied the queue just before the child came into it
    [Theory, Plays]
    public Task Run_WhenCanceledJustBeforeTheChildComesToWait_DropsIt(Play play) => play.In(async scene =>
    {
        MeddlingClock clock = new();
        await scene.RunAsync(
            async group =>
            {
                Gate started = new(), release = new();
                group.Run(_ =>
                {
                    started.Open();
                    return release.WaitAsync(CancellationToken.None);
                });
                await started.WaitAsync();
                clock.WhenAsked(group.Cancel); // between the count and the queue
                Task late = group.Run(_ => throw new InvalidDataException("invoked"));
                Assert.Equal(TaskStatus.Canceled, late.Status);
                Assert.Equal((1, 0), TaskGroup.From(group).Counts);
                release.Open();
            },
            new TaskGroupOptions { TrackChildren = true, MaxConcurrency = 1, TimeProvider = clock });
    });

    // R4, R26: a child that has its slot is dropped all the same if it has not begun
    [Theory, InlineData(false), InlineData(true)]
    public async Task Cancel_WhenAQueuedChildIsAboutToBegin_DropsItAndReturnsItsSlot(bool isTaskWanted)
    {
        TaskGroup? group = null;
        bool isInvoked = false;
        Task? child = null;

        // The pool's thread takes the child's context on just before it begins the child, and this local is told of that.
        AsyncLocal<bool> cancels = new(change =>
        {
            if (change is { ThreadContextChanged: true, CurrentValue: true })
            {
                group!.Cancel();
            }
        });
        await TaskGroup.RunAsync(
            opened =>
            {
                group = TaskGroup.From(opened);
                cancels.Value = true;
                if (isTaskWanted)
                {
                    child = opened.Run(Invoke);
                }
                else
                {
                    Assert.True(opened.TryRun(Invoke));
                }

                cancels.Value = false;
                return Task.CompletedTask;
            },
            new TaskGroupOptions { ChildStart = ChildStart.Queued, MaxConcurrency = 1 }).WithWatchdog();
        Assert.False(isInvoked);
        if (isTaskWanted)
        {
            await Expect.ChildCanceled(child!);
        }

        Assert.Equal((0, 0), group!.Counts);

        Task Invoke(CancellationToken ct)
        {
            isInvoked = true;
            return Task.CompletedTask;
        }
    }

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
}
