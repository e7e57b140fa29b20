using TaskGroups.Testing;

namespace TaskGroups.Tests;

// How a child begins: here or on the pool, with a slot or without, in the body's first part or later, by Run or by TryRun.
public partial class TaskGroupTests
{
    // NET-08, R8
    [Theory, Plays]
    public Task Run_WheneverItIsCalled_BeginsTheChildHereOnlyIfItIsInline(Play play) => play.In(async scene =>
    {
        foreach (int? limit in new int?[] { null, 9 })
        {
            await scene.RunAsync(
                async group =>
                {
                    foreach (Func<Func<CancellationToken, Task>, bool> start in new Func<Func<CancellationToken, Task>, bool>[]
                    {
                        work => group.Run(work) is not null,
                        work => group.TryRun(work),
                    })
                    {
                        Task<bool> first = BeginsHereAsync(start);
                        await Task.Yield();
                        Task<bool> later = BeginsHereAsync(start);
                        Assert.Equal((!scene.IsQueued, !scene.IsQueued), (await first, await later));
                    }
                },
                new TaskGroupOptions { MaxConcurrency = limit });
        }
    });

    // R9, R26: a child whose task nobody is given ends like any other
    [Theory, Plays]
    public Task TryRun_WhenItsChildrenEnd_TheirSlotsGoOnAndTheirFailureCounts(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(
            group =>
            {
                Assert.True(group.TryRun(async _ => await Task.Yield()));
                Assert.True(group.TryRun(_ => Task.CompletedTask));
                Assert.True(group.TryRun(async _ =>
                {
                    await Task.Yield();
                    throw failure;
                }));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        await Expect.Throws(run, failure);
    });

    // R16: a delegate may let the context flow again whose flow its caller had suppressed
    [Fact]
    public Task Run_WhenADelegateRestoresTheFlowOfTheContext_IsAChildLikeAnyOther() => TaskGroup.RunAsync(async group =>
    {
        ExecutionContext.SuppressFlow();
        Task child = group.Run(_ =>
        {
            ExecutionContext.RestoreFlow();
            return Task.CompletedTask;
        });
        Assert.False(ExecutionContext.IsFlowSuppressed());
        await child;
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

        // The pool's thread takes the child's context on just before it begins the child, and this local hears of that.
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

    // Not "on this thread": once the call has returned, the thread may be the pool's again.
    private static async Task<bool> BeginsHereAsync(Func<Func<CancellationToken, Task>, bool> start)
    {
        int calling = Environment.CurrentManagedThreadId;
        TaskCompletionSource<bool> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(start(_ =>
        {
            begun.SetResult(Volatile.Read(ref calling) == Environment.CurrentManagedThreadId);
            return Task.CompletedTask;
        }));
        Volatile.Write(ref calling, 0);
        return await begun.Task;
    }
}
