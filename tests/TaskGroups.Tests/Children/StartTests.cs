using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R8, R16: how a child begins, on this thread or on the pool, and what a delegate may do: throw, return null, return a completed task.
public sealed class StartTests
{
    // R8
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

    // R9, R26: a child whose task no code is given ends like any other
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

    // R8, R16
    [Theory, Plays]
    public Task Run_WhenAChildFailsBeforeItsFirstAwait_DoesNotThrow(Play play) => play.In(async scene =>
    {
        InvalidDataException e3 = new("e3");
        Task? third = null;
        Task run = scene.RunAsync(group =>
        {
            group.Run(async ct =>
            {
                third = group.Run(Task (_) => throw e3);
                scene.Trail.Add("Run returned");
                await Work.Forever(ct);
            });
            return Task.CompletedTask;
        });

        await Expect.Throws(run, e3);
        Assert.Equal(["Run returned"], scene.Trail.Steps);
        Assert.Equal([e3], third!.Exception!.InnerExceptions);
    });

    // R8: registered first, started second
    [Theory, Plays]
    public Task Run_WhenAChildCancelsItsGroupBeforeItsFirstAwait_IsStillAChild(Play play) => play.In(async scene =>
    {
        Task? child = null;
        await scene.RunAsync(group =>
        {
            child = group.Run(async ct =>
            {
                group.Cancel();
                await Task.Yield();
                scene.Trail.Add("child ends");
            });
            return Task.CompletedTask;
        });
        scene.Trail.Add("joined");
        Assert.True(child!.IsCompletedSuccessfully);
        Assert.Equal(["child ends", "joined"], scene.Trail.Steps);
    });

    // R2
    [Theory, Plays]
    public Task TryRun_WhenTheGroupIsOpen_StartsTheChild(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(group =>
        {
            Assert.True(group.TryRun(async _ =>
            {
                await Task.Yield();
                scene.Trail.Add("child ends");
            }));
            return Task.CompletedTask;
        });
        Assert.Equal(["child ends"], scene.Trail.Steps);
    });

    // R16
    [Theory, Plays]
    public Task Run_WhenTheDelegateThrowsSynchronously_ReturnsAFailedTask(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task? child = null;
        Task<int>? valued = null;
        Task run = scene.RunAsync(
            group =>
            {
                child = group.Run(Task (_) => throw failure);
                valued = group.Run(Task<int> (_) => throw failure);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
        await run;
        await Expect.Throws(child!, failure);
        await Expect.Throws(valued!, failure);

        await Expect.Throws(
            scene.RunAsync(group =>
            {
                group.Run(Task (_) => throw failure);
                return Task.CompletedTask;
            }),
            failure);
    });

    // R16
    [Theory, Plays]
    public Task Run_WhenTheDelegateReturnsNull_ReturnsAFailedTaskThatSaysSo(Play play) => play.In(async scene =>
    {
        List<Task> children = [];
        await scene.RunAsync(
            group =>
            {
                children.Add(group.Run(_ => ((Task?)null)!));
                children.Add(group.Run<int>(_ => null!));
                children.Add(group.Run((state, _) => ((Task?)null)!, 1));
                children.Add(group.Run<int, int>((state, _) => null!, 1));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
        foreach (Task child in children)
        {
            InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => child);
            Assert.Contains("null", failure.Message, StringComparison.Ordinal);
        }
    });

    // R16
    [Theory, Plays]
    public Task Run_WhenTheDelegateReturnsACompletedTask_Succeeds(Play play) => play.In(async scene =>
    {
        Task<int>? valued = null;
        Task? child = null;
        await scene.RunAsync(group =>
        {
            child = group.Run(_ => Task.CompletedTask);
            valued = group.Run(_ => Task.FromResult(3));
            return Task.CompletedTask;
        });
        Assert.True(child!.IsCompletedSuccessfully);
        Assert.Equal(3, await valued!);
    });

    // state overloads hand over the state
    [Theory, Plays]
    public Task Run_WhenGivenAState_HandsItToTheDelegate(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            Assert.Equal("ab", await group.Run(static (text, _) => Task.FromResult(text + "b"), "a"));
            List<int> list = [];
            await group.Run(
                static async (target, ct) =>
                {
                    await Task.Yield();
                    ct.ThrowIfCancellationRequested();
                    target.Add(1);
                },
                list);
            Assert.Equal([1], list);
        });
    });

    // R4
    [Theory, Plays]
    public Task Run_WhenItsTaskIsRead_ShowsTheChildsState(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate release = new(), blocked = new();
        Task<int>? succeeded = null;
        Task? failed = null, canceled = null, notStarted = null;

        Task run = scene.RunAsync(
            async group =>
            {
                succeeded = group.Run(async ct =>
                {
                    await release.WaitAsync(ct);
                    return 5;
                });
                failed = group.Run(_ => Work.FailAfter(release, failure));
                canceled = group.Run(ct =>
                {
                    blocked.Open();
                    return Work.Forever(ct);
                });
                Assert.False(succeeded.IsCompleted || failed.IsCompleted || canceled.IsCompleted);
                release.Open();
                await Task.WhenAny(Task.WhenAll(succeeded, failed));
                await blocked.WaitAsync();
                group.Cancel();
                notStarted = group.Run(ct => Task.CompletedTask);
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });

        await run;
        Assert.Equal(5, await succeeded!);
        Assert.Equal([failure], failed!.Exception!.InnerExceptions);
        Assert.Equal([TaskStatus.Canceled, TaskStatus.Canceled], [canceled!.Status, notStarted!.Status]);
    });

    [Theory, Plays]
    public Task Run_WhenTheWorkReturnsAValueTask_IsAChildLikeAnyOther(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        await group.Run(ValueTask (CancellationToken ct) => new ValueTask(Task.CompletedTask));
        Assert.Equal(7, await group.Run(ValueTask<int> (CancellationToken ct) => new ValueTask<int>(7)));
    }));

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
