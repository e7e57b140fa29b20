using TaskGroups.Testing;

namespace TaskGroups.Tests;

// RaceAsync, RunOrDefault, StartAsync: failures that need not fail the group.
public partial class CombinatorTests
{
    // 3.1, R1: the first success wins, the others are canceled and waited for
    [Theory, Plays]
    public Task RaceAsync_WhenOneSucceeds_CancelsTheOthersAndWaitsForThem(Play play) => play.In(async scene =>
    {
        bool ended = false;
        Gate started = new();
        int winner = await scene.RunAsync(group => group.RaceAsync(
            async ct =>
            {
                try
                {
                    started.Open();
                    await Work.Forever(ct);
                    return 1;
                }
                finally
                {
                    ended = true;
                }
            },
            async ct =>
            {
                await started.WaitAsync(ct);
                return 2;
            }));
        Assert.Equal(2, winner);
        Assert.True(ended);
    });

    // OX-05, R14: failures of losers are observed; all failed: all failures, in order
    [Theory, Plays]
    public Task RaceAsync_WhenSomeFail_YieldsTheSuccessAndReportsTheFailures(Play play) => play.In(async scene =>
    {
        InvalidDataException e1 = new("1"), e2 = new("2");
        Gate failed = new(), won = new();
        int winner = await scene.RunAsync(
            group => group.RaceAsync(
                Task<int> (_) =>
                {
                    failed.Open();
                    throw e1;
                },
                async ct =>
                {
                    await failed.WaitAsync(ct);
                    return 2;
                },
                async ct =>
                {
                    try
                    {
                        await Work.Forever(ct);
                        return 3;
                    }
                    catch (OperationCanceledException) when (ct.IsCancellationRequested)
                    {
                        throw e2;
                    }
                }),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal(2, winner);
        Assert.Contains(e1, UnseenBy(scene.Observer));
        if (scene.Observer.Of<ObserverEvent.ChildStarted>().Any(started => started.Name == "work[2]"))
        {
            Assert.Contains(e2, UnseenBy(scene.Observer));
        }
    });

    // 3.1, R10
    [Theory, Plays]
    public Task RaceAsync_WhenAllFail_ThrowsAllInOrder(Play play) => play.In(async scene =>
    {
        InvalidDataException e1 = new("1"), e2 = new("2");
        Gate second = new();
        Task run = scene.RunAsync(async group =>
        {
            Task race = group.RaceAsync(
                async ct =>
                {
                    await second.WaitAsync(ct);
                    throw e2;
#pragma warning disable CS0162 // the compiler needs a value to infer the type
                    return 1;
#pragma warning restore CS0162
                },
                Task<int> (_) =>
                {
                    second.Open();
                    throw e1;
                });
            await Expect.ThrowsInAnyOrder(race, e1, e2);
        });
        await run;
    });

    // 3.1: nothing given
    [Fact]
    public Task RaceAsync_WithoutContenders_ThrowsAndSaysSo() => TaskGroup.RunAsync(group =>
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => { _ = group.RaceAsync<int>(); });
        Assert.Equal("work", refusal.ParamName);
        Assert.Contains("at least one contender", refusal.Message, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    // CL-07, C34, R14: a late success is disposed once, before the race is over; what its disposal throws is observed
    [Theory, Plays]
    public Task RaceAsync_WhenALoserSucceedsLate_DisposesItsResultOnce(Play play) => play.In(async scene =>
    {
        InvalidDataException x = new();
        InvalidDataException y = new();
        Prize winner = new SynchronousPrize(null);
        Prize[] losers = [new AsynchronousPrize(null), new AsynchronousPrize(x), new SynchronousPrize(null), new SynchronousPrize(y)];
        Gate started = new(losers.Length);
        Prize result = await scene.RunAsync(
            async group =>
            {
                Prize won = await group.RaceAsync(
                [
                    .. losers.Select(Func<CancellationToken, Task<Prize>> (loser) => async ct =>
                    {
                        started.Open();
                        await Work.UntilCanceled(ct);
                        return loser;
                    }),
                    async ct =>
                    {
                        await started.WaitAsync(ct);
                        return winner;
                    },
                ]);
                Assert.All(losers, loser => Assert.Equal(1, loser.Disposals)); // before the race is over
                return won;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Same(winner, result);
        Assert.Equal(0, winner.Disposals);
        Assert.Equal([x, y], UnseenBy(scene.Observer).OrderBy(each => each == y));
    });

    // R18: a success that the caller does not get, because the race ended canceled, is disposed as well
    [Theory, Plays]
    public Task RaceAsync_WhenTheCallerCancelsAndOneStillSucceeds_DisposesTheResult(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Prize late = new SynchronousPrize(null);
        Gate started = new(2);
        Task run = scene.RunAsync(
            group => group.RaceAsync(
                async ct =>
                {
                    started.Open();
                    await Work.UntilCanceled(ct);
                    return late;
                },
                async ct =>
                {
                    started.Open();
                    await Work.Forever(ct);
                    return late;
                }),
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
        Assert.Equal(1, late.Disposals);
    });

    // 3.1, R14: an optional child's failure is reported, cancels nobody, yields the fallback
    [Theory, Plays]
    public Task RunOrDefault_WhenTheWorkFails_YieldsTheFallbackAndReports(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        (int value, string? none) = await scene.RunAsync(
            async group =>
            {
                int value = await group.RunOrDefault(Task<int> (_) => throw e, fallback: 7, "optional");
                string? none = await group.RunOrDefault(Task<string> (_) => throw new InvalidDataException());
                Assert.Equal(CancellationReason.None, group.CancellationReason);
                Assert.Equal(3, await group.RunOrDefault(_ => Task.FromResult(3), fallback: 4));
                return (value, none);
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal((7, null), (value, none));
        Assert.Contains(e, UnseenBy(scene.Observer));
    });

    // KT-11, R11, R18: the group's end is not the work's failure
    [Theory, Plays]
    public Task RunOrDefault_WhenTheGroupTimesOut_IsCanceled(Play play) => play.In(async scene =>
    {
        Gate started = new();
        Task<int> optional = Task.FromResult(0);
        Task run = scene.RunAsync(
            async group =>
            {
                optional = group.RunOrDefault(
                    async ct =>
                    {
                        started.Open();
                        await Work.Forever(ct);
                        return 1;
                    },
                    fallback: 2);
                await optional;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.TimedOut(run);
        await Expect.ChildCanceled(optional);
    });

    // TR-19, TR-20, R8, R10: an end before Started is the starter's business
    [Theory, Plays]
    public Task StartAsync_WhenTheChildEndsBeforeItStarted_ThrowsAndLeavesTheGroup(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        await scene.RunAsync(async group =>
        {
            Assert.Contains("Started", (await Assert.ThrowsAsync<InvalidOperationException>(
                () => group.StartAsync<int>((_, _) => Task.CompletedTask))).Message, StringComparison.Ordinal);
            Assert.Same(e, await Record.ExceptionAsync(() => group.StartAsync<int>((_, _) => throw e)));
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // TR-22, TR-25, R4: started once; afterwards a child like any other
    [Theory, Plays]
    public Task StartAsync_WhenTheChildHasStarted_ReturnsItsValueAndTheChildRunsOn(Play play) => play.In(async scene =>
    {
        Exception? second = null;
        Task? child = null;
        await scene.RunAsync(async group =>
        {
            int port = await group.StartAsync<int>((signal, ct) => child = ServeAsync(signal, ct));
            Assert.Equal(8080, port);
            Assert.False(child!.IsCompleted);
            group.Cancel();
        });
        await Expect.ChildCanceled(child!);
        Assert.Contains("Started was called before", Assert.IsType<InvalidOperationException>(second).Message, StringComparison.Ordinal);

        async Task ServeAsync(IStartSignal<int> signal, CancellationToken ct)
        {
            await Task.Yield();
            signal.Started(8080);
            second = Record.Exception(() => signal.Started(8081));
            await Work.Forever(ct);
        }
    });

    // TR-23, R11: the caller gives up: the child is canceled and waited for, the group is not
    [Theory, Plays]
    public Task StartAsync_WhenTheCallerGivesUp_CancelsTheChildOnly(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource giveUp = new();
        Gate running = new();
        bool ended = false;
        await scene.RunAsync(async group =>
        {
            Task<int> start = group.StartAsync<int>(
                async (_, ct) =>
                {
                    try
                    {
                        running.Open();
                        await Work.Forever(ct);
                    }
                    finally
                    {
                        ended = true;
                    }
                },
                giveUp.Token);
            await running.WaitAsync();
            giveUp.Cancel();
            await Expect.Canceled(start, giveUp.Token);
            Assert.True(ended);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // AN-02, TR-25, R4: too late before it began
    [Theory, Plays]
    public Task StartAsync_WhenTokenOrGroupHasBeenCanceled_InvokesNothing(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            CancellationToken fired = new(canceled: true);
            bool invoked = false;
            Task Invoke(IStartSignal<int> signal, CancellationToken ct)
            {
                invoked = true;
                return Task.CompletedTask;
            }

            await Expect.Canceled(group.StartAsync<int>(Invoke, fired), fired);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
            group.Cancel();
            await Expect.Canceled(group.StartAsync<int>(Invoke), group.CancellationToken);
            Assert.False(invoked);
        });
    });

    private static IEnumerable<Exception> UnseenBy(RecordingObserver observer) =>
        observer.Of<ObserverEvent.ExceptionUnseen>().Select(unseen => unseen.Exception);

    /// <summary>Counts how often a result was disposed.</summary>
    private abstract class Prize(Exception? onDispose)
    {
        private int _disposals;

        public int Disposals => _disposals;

        protected void NoteDisposal()
        {
            Interlocked.Increment(ref _disposals);
            if (onDispose is not null)
            {
                throw onDispose;
            }
        }
    }

    private sealed class AsynchronousPrize(Exception? onDispose) : Prize(onDispose), IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            NoteDisposal();
        }
    }

    private sealed class SynchronousPrize(Exception? onDispose) : Prize(onDispose), IDisposable
    {
        public void Dispose() => NoteDisposal();
    }
}
