using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R22, R25: user code is called where it can hold up no other code, and no lock is held meanwhile.
public sealed class BlockingTests
{
    // R25
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

    // R22
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

    // R25
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

    // R22
    [Theory, Plays]
    public Task Run_WhenAFailureMeetsABlockingCallback_ReturnsAtOnce(Play play) => play.In(async scene =>
    {
        using ManualResetEventSlim released = new();
        InvalidOperationException failure = new("first");
        Task run = scene.RunAsync(async group =>
        {
            // for ever: only the watchdog would end it
            group.CancellationToken.UnsafeRegister(_ => released.Wait(CancellationToken.None), null);
            Task failed = group.Run(_ => Task.FromException(failure));
            await failed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            released.Set();
        });
        await Expect.Throws(run, failure);
    });

    // R25
    [Theory, Plays]
    public Task Run_WhileADelegateBlocksItsThread_LetsOthersUseTheGroup(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group => await group.Run(_ =>
        {
            Task others = Task.Run(async () =>
            {
                await group.Run(_ => Task.CompletedTask, "another child");
                group.GetSnapshot();
                group.Stop();
                await group.RunGroupAsync(_ => Task.CompletedTask);
                group.Cancel();
            }, CancellationToken.None);
            // with a lock held around this delegate it would not end
            Assert.True(others.Wait(WatchdogExtensions.Limit, CancellationToken.None));
            return Task.CompletedTask;
        }));
    });

    // R22: the code that cancels may have a context of its own; nothing that the group has to do afterwards waits for that
    [Fact]
    public async Task Cancel_WhenACallbackBlocks_PostsNothingToTheCancelersContext()
    {
        CountingContext context = new();
        using ManualResetEventSlim release = new();
        await TaskGroup.RunAsync(group =>
        {
            group.CancellationToken.UnsafeRegister(_ => release.Wait(), null);
            context.Call(() =>
            {
                group.Cancel();
                return Task.CompletedTask;
            });
            release.Set();
            return Task.CompletedTask;
        }).WithWatchdog();
        Assert.Equal(0, context.Posted);
    }
}
