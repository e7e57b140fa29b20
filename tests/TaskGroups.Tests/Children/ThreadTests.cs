using TaskGroups.Testing;

namespace TaskGroups.Tests;

// On which threads groups and children run, and that no number of them needs a thread or a stack of its own.
public sealed class ThreadTests
{
    // R2
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

    // R25
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

    // R25
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

    // R7, R25
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

    // R25: more callers than the pool has threads; it adds those that are missing, ever more slowly
    [Theory, Plays(StartModesOnly = true)]
    public Task RunAsync_WhenManyCallersBlockOnIt_Completes(Play play) => play.In(async scene =>
    {
        Task[] callers = [.. Enumerable.Range(0, 4 * Environment.ProcessorCount).Select(_ => Task.Run(() => scene.RunAsync(group =>
        {
            group.Run(async _ => await Task.Yield());
            return Task.CompletedTask;
        }).Wait()))];
        await Task.WhenAll(callers);
    });
}
