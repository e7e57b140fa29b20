using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Where children run, what flows into them, and what does not flow back. R22, R25: whose stack is whose.
public partial class TaskGroupTests
{
    // PY-34, R2
    [Theory, Plays(StartModesOnly = true)]
    public Task RunAsync_WhenOpenedOnAnyKindOfThread_WorksTheSame(Play play) => play.In(async scene =>
    {
        async Task<int> Open() => await scene.RunAsync(async group =>
        {
            Task<int> a = group.Run(async _ =>
            {
                await Task.Yield();
                return 1;
            });
            Task<int> b = group.Run(_ => Task.FromResult(2));
            return await a + await b;
        });

        TaskCompletionSource<int> plain = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => plain.SetResult(Open().GetAwaiter().GetResult()));
        thread.Start();
        Assert.Equal(3, await plain.Task);
        Assert.Equal(3, await Task.Run(Open));
        await SingleThreadedContext.RunAsync(async () => Assert.Equal(3, await Open()));
    });

    // NET-08, R25
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhateverTheContext_BeginsWhereTheStartModeSays(Play play) => play.In(async scene =>
    {
        await SingleThreadedContext.RunAsync(async () =>
        {
            int caller = Environment.CurrentManagedThreadId;
            await scene.RunAsync(async group =>
            {
                int began = 0;
                bool pool = false;
                await group.Run(_ =>
                {
                    began = Environment.CurrentManagedThreadId;
                    pool = Thread.CurrentThread.IsThreadPoolThread && SynchronizationContext.Current is null;
                    return Task.CompletedTask;
                });
                Assert.Equal(scene.IsQueued, pool);
                Assert.Equal(!scene.IsQueued, began == caller);
            });
        });
    });

    // NET-08, R25
    [Theory, Plays(StartModesOnly = true)]
    public Task RunAsync_UnderACustomTaskScheduler_DoesNotDeadlock(Play play) => play.In(async scene =>
    {
        TaskScheduler exclusive = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        int value = await Task.Factory.StartNew(
            () => scene.RunAsync(async group =>
            {
                Task<bool> child = group.Run(async _ =>
                {
                    await Task.Yield();
                    return TaskScheduler.Current == exclusive;
                });
                Assert.Equal(!scene.IsQueued, await child);
                return 5;
            }),
            CancellationToken.None,
            TaskCreationOptions.None,
            exclusive).Unwrap();
        Assert.Equal(5, value);
    });

    // TR-29
    [Theory, Plays]
    public Task Run_WhenSiblingsChangeAnAsyncLocal_EachSeesItsOwn(Play play) => play.In(async scene =>
    {
        AsyncLocal<int> local = new() { Value = -1 };
        int[] seen = await scene.RunAsync(async group =>
        {
            Task<int>[] children = [.. Enumerable.Range(0, 4).Select(i => group.Run(async _ =>
            {
                local.Value = i;
                await Task.Yield();
                return local.Value;
            }))];
            int[] values = await Task.WhenAll(children);
            Assert.Equal(-1, local.Value);
            return values;
        });
        Assert.Equal([0, 1, 2, 3], seen);
        Assert.Equal(-1, local.Value);
    });

    // JD-28
    [Theory, Plays]
    public Task Run_WhenAnAsyncLocalChangedSinceTheGroupOpened_ShowsTheValueAtRun(Play play) => play.In(async scene =>
    {
        AsyncLocal<string?> local = new() { Value = "opened" };
        await scene.RunAsync(async group =>
        {
            local.Value = "run";
            Task<string?> child = group.Run<string?>(async _ =>
            {
                await Task.Yield();
                return local.Value;
            });
            local.Value = "later";
            Assert.Equal("run", await child);
        });
    });

    // NET-14
    [Theory, Plays]
    public Task Run_WhenADelegateSetsAnAsyncLocalSynchronously_LeavesTheCallersContext(Play play) => play.In(async scene =>
    {
        AsyncLocal<string?> local = new() { Value = "caller" };
        await scene.RunAsync(async group =>
        {
            Task child = group.Run(_ =>
            {
                local.Value = "child"; // no async method around it that would restore it
                return Task.CompletedTask;
            });
            Assert.Equal("caller", local.Value);
            await child;
            Assert.Equal("caller", local.Value);

            Task throws = group.RunOrDefault(
                Task<int> (_) =>
                {
                    local.Value = "child";
                    throw new InvalidDataException();
                },
                0);
            Assert.Equal("caller", local.Value);
            await throws;
        });
        Assert.Equal("caller", local.Value);

        Task run = scene.RunAsync(_ =>
        {
            local.Value = "body";
            return Task.CompletedTask;
        });
        Assert.Equal("caller", local.Value);
        await run;
    });

    // C29
    [Theory, Plays]
    public Task Run_WhenTheFlowOfTheContextIsSuppressed_Works(Play play) => play.In(async scene =>
    {
        AsyncLocal<string?> local = new() { Value = "caller" };
        await scene.RunAsync(async group =>
        {
            Gate release = new();
            Task<string?> child;
            using (ExecutionContext.SuppressFlow())
            {
                child = group.Run<string?>(async _ =>
                {
                    await release.WaitAsync(CancellationToken.None);
                    return local.Value;
                });
                group.Cancel();
            }

            release.Open();
            await child;
        });
    });

    // NET-11, R25
    [Theory, Plays]
    public Task RunAsync_WhenTheLastChildEndsOnItsOwnThread_TheJoinerDoesNotRunThere(Play play) => play.In(async scene =>
    {
        TaskCompletionSource ends = new(); // runs its continuations on the stack of who sets it
        Gate started = new();
        Task run = scene.RunAsync(group =>
        {
            group.Run(_ =>
            {
                started.Open();
                return ends.Task;
            });
            return Task.CompletedTask;
        });
        int joiner = 0, last = 0;
        Task joined = run.ContinueWith(
            _ => joiner = Environment.CurrentManagedThreadId,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        await started.WaitAsync();
        Thread thread = new(() =>
        {
            last = Environment.CurrentManagedThreadId;
            ends.SetResult();
        });
        thread.Start();
        await joined;
        Assert.NotEqual(last, joiner);
    });

    // C15, NET-05, R22
    [Theory, Plays]
    public Task Cancel_WhenACallbackBlocks_SetsTheFlagForAllAndReturnsAtOnce(Play play) => play.In(async scene =>
    {
        using ManualResetEventSlim blocked = new(), release = new();
        InvalidDataException failure = new();
        Gate started = new();
        ITaskGroup? captured = null;
        Task? sibling = null;
        Task run = scene.RunAsync(group =>
        {
            captured = group;
            sibling = group.Run(ct =>
            {
                TaskCompletionSource told = new();
                ct.UnsafeRegister(_ => told.TrySetCanceled(ct), null); // registered first, so told last
                ct.UnsafeRegister(
                    _ =>
                    {
                        blocked.Set();
                        release.Wait();
                    },
                    null);
                started.Open();
                return told.Task;
            });
            group.Run(async _ =>
            {
                await started.WaitAsync(CancellationToken.None);
                throw failure;
            });
            return Task.CompletedTask;
        });

        await Task.Run(() => Assert.True(blocked.Wait(WatchdogExtensions.Limit)));
        Assert.True(captured!.CancellationToken.IsCancellationRequested);
        captured.Cancel();
        Assert.False(run.IsCompleted || sibling!.IsCompleted);

        // Other groups are not delayed.
        await scene.RunAsync(async other =>
        {
            Gate running = new();
            other.Run(ct =>
            {
                running.Open();
                return Work.Forever(ct);
            });
            await running.WaitAsync();
            other.Cancel();
        });

        release.Set();
        await Expect.Throws(run, failure);
        await Expect.ChildCanceled(sibling!);
    });

    // R22: nothing of the canceled runs on the stack of who cancels
    [Theory, Plays]
    public Task Cancel_WhenAContinuationWouldRunInline_RunsItElsewhere(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            int canceling = Environment.CurrentManagedThreadId;
            bool inside = false;
            int? toldInside = null;
            using ManualResetEventSlim told = new();
            group.CancellationToken.UnsafeRegister(
                _ =>
                {
                    toldInside = inside && Environment.CurrentManagedThreadId == canceling ? 1 : 0;
                    told.Set();
                },
                null);
            inside = true;
            group.Cancel();
            inside = false;
            Assert.True(told.Wait(WatchdogExtensions.Limit));
            Assert.Equal(0, toldInside);
            await Task.CompletedTask;
        });
    });

    // C18, R25
    [Theory, Plays]
    public Task Cancel_WhenACallbackWantsALockThatTheCancelingChildHolds_DoesNotDeadlock(Play play) => play.In(async scene =>
    {
        Lock shared = new();
        await scene.RunAsync(async group =>
        {
            Gate registered = new();
            group.Run(async ct =>
            {
                CancellationTokenRegistration registration = ct.UnsafeRegister(
                    _ =>
                    {
                        lock (shared)
                        {
                            scene.Trail.Add("told");
                        }
                    },
                    null);
                await Task.Yield();
                lock (shared)
                {
                    group.Cancel();
                    group.GetSnapshot();
                    registration.Unregister();
                }
            });
            await Task.Yield();
        });
    });

    // the group joins the callbacks on its token
    [Theory, Plays]
    public Task RunAsync_WhenACallbackStillRuns_WaitsForIt(Play play) => play.In(async scene =>
    {
        using ManualResetEventSlim running = new(), release = new();
        Task run = scene.RunAsync(group =>
        {
            group.CancellationToken.UnsafeRegister(
                _ =>
                {
                    running.Set();
                    release.Wait();
                    scene.Trail.Add("callback ends");
                },
                null);
            group.Cancel();
            return Task.CompletedTask;
        });
        await Task.Run(() => Assert.True(running.Wait(WatchdogExtensions.Limit)));
        Assert.False(run.IsCompleted);
        release.Set();
        await run;
        Assert.Equal(["callback ends"], scene.Trail.Steps);
    });

    // NET-10, C19, R7, R25
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenChildrenStartEachOtherInAChain_DoesNotOverflowTheStack(Play play) => play.In(async scene =>
    {
        int ran = 0;
        await scene.RunAsync(group =>
        {
            Task Next(int left, CancellationToken ct)
            {
                Interlocked.Increment(ref ran);
                return left == 0 ? Task.CompletedTask : group.Run(Next, left - 1);
            }

            return group.Run(Next, 9_999);
        });
        Assert.Equal(10_000, ran);
    });

    // C27, R25
    [Theory, Plays(StartModesOnly = true)]
    public Task RunAsync_WhenManyCallersBlockOnIt_Completes(Play play) => play.In(async scene =>
    {
        Task[] callers = [.. Enumerable.Range(0, 60).Select(_ => Task.Run(() => scene.RunAsync(group =>
        {
            group.Run(async _ => await Task.Yield());
            return Task.CompletedTask;
        }).Wait()))];
        await Task.WhenAll(callers);
    });
}
