using TaskGroups.Testing;

namespace TaskGroups.Tests;

// RaceAsync: what losers bring is disposed once; the winner's result is its caller's, and whole.
public sealed class RaceLoserTests
{
    // R14: a late success is disposed once, before the race is over; what its disposal throws is observed
    [Theory, Plays]
    public Task RaceAsync_WhenALoserSucceedsLate_DisposesItsResultOnce(Play play) => play.In(async scene =>
    {
        InvalidDataException x = new();
        InvalidDataException y = new();
        DisposableResult winner = new SyncDisposableResult(null);
        DisposableResult[] losers =
        [
            new AsyncDisposableResult(null), new AsyncDisposableResult(x), new SyncDisposableResult(null), new SyncDisposableResult(y),
        ];
        Gate started = new(losers.Length);
        DisposableResult result = await scene.RunAsync(
            async group =>
            {
                DisposableResult won = await group.RaceAsync(
                [
                    .. losers.Select(Func<CancellationToken, Task<DisposableResult>> (loser) => async ct =>
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
        Assert.Equal([x, y], scene.Observer.Unseen().OrderBy(each => each == y));
    });

    // R18: a success that the caller does not get, because the race ended canceled, is disposed as well
    [Theory, Plays]
    public Task RaceAsync_WhenTheCallerCancelsAndOneStillSucceeds_DisposesTheResult(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        DisposableResult late = new SyncDisposableResult(null);
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

    // A cache, or a pool, may give two contenders the same object
    [Theory, Plays]
    public Task RaceAsync_WhenALoserBringsTheWinnersResult_LeavesItWhole(Play play) => play.In(async scene =>
    {
        DisposableResult shared = new SyncDisposableResult(null);
        Gate started = new();
        DisposableResult result = await scene.RunAsync(group => group.RaceAsync(
            async ct =>
            {
                started.Open();
                await Work.Forever(ct).ContinueWith(static _ => { }, TaskScheduler.Default); // has lost, and succeeds all the same
                return shared;
            },
            async ct =>
            {
                await started.WaitAsync(ct);
                return shared;
            }));
        Assert.Same(shared, result);
        Assert.Equal(0, shared.Disposals);
    });

    // R19: everything finished, so the result stands
    [Theory, Plays]
    public Task RaceAsync_WhenTheCallerCancelsButEverythingFinishes_HandsTheWinnersResultOver(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        DisposableResult winner = new SyncDisposableResult(null);
        DisposableResult result = await scene.RunAsync(
            group => group.RaceAsync(async _ =>
            {
                await caller.CancelAsync();
                return winner;
            }),
            caller.Token);
        Assert.Same(winner, result);
        Assert.Equal(0, winner.Disposals);
    });

    // A cache may give several losers the same
    [Theory, Plays]
    public Task RaceAsync_WhenLosersBringTheSameObject_DisposesItOnce(Play play) => play.In(async scene =>
    {
        SyncDisposableResult winner = new(null), late = new(null);
        await scene.RunAsync(async group =>
        {
            Gate started = new(2);
            SyncDisposableResult won = await group.RaceAsync(
                LoseAsync,
                LoseAsync,
                async _ =>
                {
                    await started.WaitAsync(CancellationToken.None);
                    return winner;
                });
            Assert.Same(winner, won);

            async Task<SyncDisposableResult> LoseAsync(CancellationToken ct)
            {
                started.Open();
                await Work.UntilCanceled(ct);
                return late;
            }
        });
        Assert.Equal((0, 1), (winner.Disposals, late.Disposals));
    });

    [Theory, Plays]
    public Task RaceAsync_WhenALosersDisposalThrowsUnobserved_TheWinnersValueStands(
        Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Gate started = new();
        DisposableResult winner = new SyncDisposableResult(null), loser = new SyncDisposableResult(new InvalidDataException());
        DisposableResult won = await group.RaceAsync(
            async ct =>
            {
                started.Open();
                await Work.UntilCanceled(ct);
                return loser;
            },
            async ct =>
            {
                await started.WaitAsync(ct);
                return winner;
            });
        Assert.Same(winner, won);
        Assert.Equal((0, 1), (winner.Disposals, loser.Disposals));
    }));
}
