using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync among groups: whose child it is, and whose end it follows.
public partial class CombinatorTests
{
    // TR-26, R1
    [Theory, Plays]
    public Task StartAsync_WhenTheBodyEndsWhileItIsPending_KeepsTheGroupOpen(Play play) => play.In(async scene =>
    {
        Gate release = new();
        Task<int>? start = null;
        Task run = scene.RunAsync(group =>
        {
            start = group.StartAsync<int>(async (signal, ct) =>
            {
                await release.WaitAsync(ct);
                signal.Started(5);
                scene.Trail.Add("child ends");
            });
            return Task.CompletedTask;
        });
        Assert.False(run.IsCompleted);
        Assert.False(start!.IsCompleted);
        release.Open();
        await run;
        scene.Trail.Add("joined");
        Assert.Equal(["child ends", "joined"], scene.Trail.Steps);
        Assert.Equal(5, await start);
    });

    // AN-01, R7, R12
    [Theory, Plays]
    public Task StartAsync_WhenTheNestedGroupThatWaitsForItFails_IsCanceledAndWaitedFor(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate starting = new();
        Task? nested = null;
        Task run = scene.RunAsync(async outer =>
        {
            nested = outer.RunGroupAsync(async inner =>
            {
                inner.Run(_ => Work.FailAfter(starting, e));
                await outer.StartAsync<int>(
                    async (_, ct) =>
                    {
                        try
                        {
                            starting.Open();
                            await Work.Forever(ct);
                        }
                        finally
                        {
                            await Task.Yield();
                            scene.Trail.Add("starting child ends");
                        }
                    },
                    inner.CancellationToken);
            });
            await Task.WhenAny(nested);
            Assert.Equal(["starting child ends"], scene.Trail.Steps);
            Assert.Equal(CancellationReason.None, outer.CancellationReason);
            await nested;
        });
        await Expect.Throws(run, e);
        await Expect.Throws(nested!, e);
    });

    // TR-23, R11: a child that obeys without an exception was given up all the same
    [Theory, Plays]
    public Task StartAsync_WhenTheChildReturnsBecauseTheCallerGaveUp_IsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            using CancellationTokenSource giveUp = new();
            Gate running = new();
            Task<int> start = group.StartAsync<int>(
                (_, ct) =>
                {
                    running.Open();
                    return Work.UntilCanceled(ct);
                },
                giveUp.Token);
            await running.WaitAsync();
            await giveUp.CancelAsync();
            await Expect.Canceled(start, giveUp.Token);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // R9: once it has started it is a child like any other
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsAfterItHasStarted_FailsTheGroup(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate ready = new();
        await Expect.Throws(scene.RunAsync(StartAsync), e);

        async Task StartAsync(ITaskGroup group)
        {
            Assert.Equal(1, await group.StartAsync<int>(async (signal, _) =>
            {
                signal.Started(1);
                await ready.WaitAsync(CancellationToken.None);
                throw e;
            }));
            ready.Open();
        }
    });

    // R4, R18: the end of the group is not the child's failure
    [Theory, Plays]
    public Task StartAsync_WhenTheGroupEndsBeforeTheChildHasStarted_IsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            Gate running = new();
            Task<int> start = group.StartAsync<int>((_, ct) =>
            {
                running.Open();
                return Work.Forever(ct);
            });
            await running.WaitAsync();
            group.Cancel();
            await Expect.Canceled(start, group.CancellationToken);
        });
    });

    // R11: whoever gave up, and whatever kind of exception it is, a failure is a failure
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsBeforeItHasStarted_ThrowsThatFailure(
        Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        OperationCanceledException foreign = new(new CancellationToken(canceled: true));
        await Expect.Throws(group.StartAsync<int>((_, _) => throw foreign), foreign);

        using CancellationTokenSource giveUp = new();
        InvalidDataException e = new();
        Gate running = new();
        Task<int> start = group.StartAsync<int>((_, ct) => Work.FailInCleanUp(running.Open, e, ct), giveUp.Token);
        await running.WaitAsync();
        await giveUp.CancelAsync();
        await Expect.Throws(start, e);
        Assert.Equal(CancellationReason.None, group.CancellationReason);
    }));

    // TR-23, R11: a child that gets ready too late has been given up, and hears of it
    [Theory, Plays]
    public Task StartAsync_WhenTheChildIsReadyAfterTheCallerGaveUp_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource giveUp = new();
        Gate running = new();
        CancellationToken given = default;
        Exception? refusal = null;
        await scene.RunAsync(async group =>
        {
            Task<int> start = group.StartAsync<int>(
                async (signal, ct) =>
                {
                    given = ct;
                    running.Open();
                    await Work.UntilCanceled(ct);
                    refusal = Record.Exception(() => signal.Started(1));
                    await Work.Forever(ct);
                },
                giveUp.Token);
            await running.WaitAsync();
            await giveUp.CancelAsync();
            await Expect.Canceled(start, giveUp.Token);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
        Assert.Equal(given, Assert.IsType<OperationCanceledException>(refusal).CancellationToken);
    });

    // R11: once it has started it is a child like any other, also to a foreign cancellation
    [Theory, Plays]
    public Task StartAsync_WhenTheChildIsCanceledByOthersAfterItHasStarted_FailsTheGroup(Play play) => play.In(async scene =>
    {
        OperationCanceledException foreign = new(new CancellationToken(canceled: true));
        Task run = scene.RunAsync(group => group.StartAsync<int>(
            (signal, _) =>
            {
                signal.Started(1);
                throw foreign;
            }));
        await Expect.Throws(run, foreign);
    });

    // R26: a child that never got its slot was never invoked
    [Theory, Plays]
    public Task StartAsync_WhenTheGroupEndsWhileTheChildWaitsForASlot_IsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                Task first = group.Run(Work.Forever);
                Task<int> start = group.StartAsync<int>((_, _) => throw new InvalidOperationException("was invoked"));
                group.Cancel();
                await Expect.Canceled(start, group.CancellationToken);
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
    });

    // TR-22: also from somebody to whom the child gave its signal
    [Theory, Plays]
    public Task Started_WhenTheChildHasEnded_ThrowsAndSaysSo(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        IStartSignal<int> kept = null!;
        InvalidDataException e = new();
        await Expect.Throws(
            group.StartAsync<int>((signal, _) =>
            {
                kept = signal;
                throw e;
            }),
            e);
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => kept.Started(1));
        Assert.Contains("the child has ended", refusal.Message, StringComparison.Ordinal);
    }));

    // R21: nobody is left to tell
    [Theory, Plays]
    public Task StartAsync_WhenTheChildHasEnded_IsNoLongerToldOfACancellation(Play play) => play.In(async scene =>
    {
        CancellationToken given = default;
        await scene.RunAsync(
            async group =>
            {
                using CancellationTokenSource caller = new(); // so that the child has a token of its own
                await group.StartAsync<int>(
                    (signal, ct) =>
                    {
                        given = ct;
                        signal.Started(1);
                        return Task.CompletedTask;
                    },
                    caller.Token);
                await group.Run(_ => Task.CompletedTask); // in the slot that the other has left
                group.Cancel();
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        Assert.False(given.IsCancellationRequested);
    });

    // R21
    [Theory, Plays]
    public Task StartAsync_WhenTheChildHasEnded_LeavesNothingOnTheCallersToken(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        WeakReference child = await StartOneAsync(scene, caller.Token);
        if (play.Witness == Witness.None)
        {
            await TaskGroupTests.AssertCollectedAsync(child);
        }

        await caller.CancelAsync();
    });

    // R21
    [Fact]
    public async Task StartAsync_WhenTheChildIsNeverInvoked_LeavesNothingOnTheCallersToken()
    {
        using CancellationTokenSource caller = new();
        foreach (WeakReference child in await DropAndRefuseAsync(caller.Token))
        {
            await TaskGroupTests.AssertCollectedAsync(child);
        }

        await caller.CancelAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> DropAndRefuseAsync(CancellationToken caller)
    {
        List<WeakReference> closures = [];
        await TaskGroup.RunAsync(
            async group =>
            {
                group.Run(Work.Forever);
                Task dropped = StartAsync();
                group.Cancel();
                await Expect.Canceled(dropped, group.CancellationToken);
                await Expect.Canceled(StartAsync(), group.CancellationToken);

                Task StartAsync()
                {
                    object closure = new();
                    closures.Add(new WeakReference(closure));
                    return group.StartAsync<int>((_, _) => Task.FromResult(closure), caller);
                }
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        return closures;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> StartOneAsync(Scene scene, CancellationToken caller)
    {
        object closure = new();
        WeakReference weak = new(closure);
        await scene.RunAsync(group => group.StartAsync<int>(
            async (signal, _) =>
            {
                await Task.Yield();
                signal.Started(closure.GetHashCode());
            },
            caller));
        return weak;
    }
}
