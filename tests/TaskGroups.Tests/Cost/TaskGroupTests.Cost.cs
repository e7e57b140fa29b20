using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R21, R24: what has ended is not kept. R22, R25: user code is called where it can hold up nobody.
public partial class TaskGroupTests
{
    // TR-32, R24
    [Theory, Plays]
    public Task Cancel_WhenChildrenHaveEnded_KeepsNothingOfThemWhileTheGroupRuns(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            foreach (WeakReference closure in await CancelManyAsync(group))
            {
                await AssertCollectedAsync(closure);
            }
        });
    });

    // R24
    [Theory, Plays]
    public Task Run_WhenAChildHasEnded_KeepsNothingOfItWhileTheGroupIsOpen(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            WeakReference closure = await RunOneAsync(group);
            await AssertCollectedAsync(closure);
        });
    });

    // SW-02, R24
    [Theory, Plays]
    public Task Run_WhenASupervisedChildHasFailed_KeepsNothingOfItsFailure(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                WeakReference failure = await FailOneAsync(group);
                if (play.Witness == Witness.None) // a recording observer keeps what it was told
                {
                    await AssertCollectedAsync(failure);
                }
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
    });

    // PY-40, R21, R24
    [Theory, Plays(StartModesOnly = true)]
    public Task RunAsync_WhenJoined_RootsNeitherClosureNorResultNorFailure(Play play) => play.In(async scene =>
    {
        ITaskGroup? captured = null;
        foreach (WeakReference left in await JoinOneAsync(scene, group => captured = group))
        {
            await AssertCollectedAsync(left);
        }

        Expect.Refused(captured!); // the group is alive, and holds nothing
    });

    // R21
    [Theory, Plays]
    public Task RunAsync_WhenCompleted_LeavesNothingOnTheCallersToken(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        WeakReference group = await OpenOneAsync(scene, caller.Token);
        if (play.Witness == Witness.None)
        {
            await AssertCollectedAsync(group);
        }

        await caller.CancelAsync();
    });

    // NET-05, R22
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

    // C18, R25
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<WeakReference> RunOneAsync(ITaskGroup group)
    {
        object closure = new();
        WeakReference weak = new(closure);
        Task ended = group.Run(async _ =>
        {
            await Task.Yield();
            GC.KeepAlive(closure);
        });
        return EndedAsync(ended, weak);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference[]> CancelManyAsync(ITaskGroup group)
    {
        Gate started = new(10);
        (Task Ended, WeakReference Closure)[] children = [.. Enumerable.Range(0, 10).Select(_ => StartOne())];
        await started.WaitAsync();
        group.Cancel();
        foreach ((Task ended, _) in children)
        {
            await Expect.ChildCanceled(ended);
        }

        return [.. children.Select(each => each.Closure)];

        (Task Ended, WeakReference Closure) StartOne()
        {
            byte[] closure = new byte[100_000];
            Task ended = group.Run(async ct =>
            {
                started.Open();
                await Work.Forever(ct);
                GC.KeepAlive(closure);
            });
            return (ended, new WeakReference(closure));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference[]> JoinOneAsync(Scene scene, Action<ITaskGroup> capture)
    {
        object closure = new();
        byte[] result = new byte[100_000];
        InvalidDataException failure = new();
        Task<byte[]> run = scene.RunAsync(async group =>
        {
            capture(group);
            byte[] value = await group.Run(async _ =>
            {
                await Task.Yield();
                GC.KeepAlive(closure);
                return result;
            });
            group.Run(_ => Task.FromException(failure));
            return value;
        });
        await Expect.Throws(run, failure);
        return [new(closure), new(result), new(failure)];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<WeakReference> FailOneAsync(ITaskGroup group)
    {
        InvalidOperationException failure = new("kept by nobody");
        return EndedAsync(group.Run(_ => Task.FromException(failure)), new WeakReference(failure));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> OpenOneAsync(Scene scene, CancellationToken cancellationToken)
    {
        WeakReference? weak = null;
        await scene.RunAsync(
            async group =>
            {
                weak = new WeakReference(group);
                await group.Run(async _ => await Task.Yield());
            },
            cancellationToken);
        return weak!;
    }

    private static async Task<WeakReference> EndedAsync(Task ended, WeakReference weak)
    {
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return weak;
    }

    // A thread of the pool, or the machine's registers, may hold a stale reference for a moment; it goes as soon as the thread does
    // something else.
    internal static async Task AssertCollectedAsync(WeakReference weak)
    {
        for (int round = 0; weak.IsAlive && round < 1000; round++)
        {
            GC.Collect();
            await Task.Yield();
        }

        Assert.False(weak.IsAlive);
    }
}
