using TaskGroups.Testing;

namespace TaskGroups.Tests;

// RaceAsync: the first success wins.
public sealed class RaceTests
{
    // R1: the first success wins, the others are canceled and waited for
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

    // R14: failures of losers are observed; all failed: all failures, in order
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
        Assert.Contains(e1, scene.Observer.Unseen());
        if (scene.Observer.Of<ObserverEvent.ChildStarted>().Count == 3)
        {
            Assert.Contains(e2, scene.Observer.Unseen());
        }
    });

    // R10
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

    // Nothing given
    [Fact]
    public Task RaceAsync_WithoutContenders_ThrowsAndSaysSo() => TaskGroup.RunAsync(group =>
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => { _ = group.RaceAsync<int>(); });
        Assert.Equal("work", refusal.ParamName);
        Assert.Contains("at least one contender", refusal.Message, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    // R10, R18: all have failed, and none was cut short
    [Theory, Plays]
    public Task RaceAsync_WhenAllFailAndTheGroupIsCanceledMeanwhile_ThrowsTheFailures(Play play) => play.In(async scene =>
    {
        InvalidDataException e1 = new("1"), e2 = new("2");
        Gate failed = new();
        await scene.RunAsync(async group =>
        {
            Task<string> race = group.RaceAsync<string>(
                _ =>
                {
                    failed.Open();
                    throw e1;
                },
                async _ =>
                {
                    await failed.WaitAsync(CancellationToken.None);
                    group.Cancel();
                    throw e2;
                });
            await Expect.ThrowsInAnyOrder(race, e1, e2);
        });
    });

    // R13, R18: a contender that failed before does not decide for those that were cut short
    [Theory, Plays]
    public Task RaceAsync_WhenCanceledAfterSomeHaveFailed_EndsCanceled(Play play) => play.In(async scene =>
    {
        Gate failed = new(), running = new();
        await scene.RunAsync(async group =>
        {
            Task<int> race = group.RaceAsync<int>(
                _ =>
                {
                    failed.Open();
                    throw new InvalidDataException();
                },
                async ct =>
                {
                    running.Open();
                    await Work.Forever(ct);
                    return 1;
                });
            await failed.WaitAsync();
            await running.WaitAsync();
            group.Cancel();
            await Expect.Canceled(race, group.CancellationToken);
        });
    });

    // R10, R14
    [Theory, Plays]
    public Task RaceAsync_WhenAContenderFailsInSeveralWays_HoldsEach(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new(), second = new();
        await scene.RunAsync(async group => await Expect.Throws(group.RaceAsync(_ => Work.FailTwice(first, second)), first, second));
        await scene.RunAsync(
            async group =>
            {
                Gate lost = new();
                Task<int> race = group.RaceAsync(
                    async ct =>
                    {
                        await lost.WaitAsync(ct);
                        return 1;
                    },
                    _ => Work.FailTwice(first, second));
                await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Exception == first);
                lost.Open();
                Assert.Equal(1, await race);
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([first, second], scene.Observer.Unseen());
    });

    [Theory, Plays]
    public Task RaceAsync_WhenTheLosersEndCanceled_HandsTheWinnersResultOver(Play play) => play.In(async scene =>
    {
        DisposableResult winner = new SyncDisposableResult(null);
        Gate started = new();
        DisposableResult result = await scene.RunAsync(group => group.RaceAsync(
            async ct =>
            {
                started.Open();
                await Work.Forever(ct);
                return winner;
            },
            async ct =>
            {
                await started.WaitAsync(ct);
                return winner;
            }));
        Assert.Same(winner, result);
        Assert.Equal(0, winner.Disposals);
    });

    // Who calls without a group is told so before anything of theirs is touched
    [Fact]
    public void RaceAsync_WithoutAGroup_DoesNotReadTheContenders()
    {
        bool read = false;
        ArgumentNullException refusal = Assert.Throws<ArgumentNullException>(() => { _ = ((ITaskGroup)null!).RaceAsync(Contenders()); });
        Assert.Equal("group", refusal.ParamName);
        Assert.False(read);

        IEnumerable<Func<CancellationToken, Task<int>>> Contenders()
        {
            read = true;
            yield break;
        }
    }
}
