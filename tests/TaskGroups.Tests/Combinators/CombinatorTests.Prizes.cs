using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What the winner of a race hands over is its caller's, and whole.
public partial class CombinatorTests
{
    [Theory, Plays]
    public Task RaceAsync_WhenTheLosersEndCanceled_HandsTheWinnersResultOver(Play play) => play.In(async scene =>
    {
        Prize winner = new SynchronousPrize(null);
        Gate started = new();
        Prize result = await scene.RunAsync(group => group.RaceAsync(
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

    // A cache, or a pool, may give two contenders the same object
    [Theory, Plays]
    public Task RaceAsync_WhenALoserBringsTheWinnersResult_LeavesItWhole(Play play) => play.In(async scene =>
    {
        Prize shared = new SynchronousPrize(null);
        Gate started = new();
        Prize result = await scene.RunAsync(group => group.RaceAsync(
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
        Prize winner = new SynchronousPrize(null);
        Prize result = await scene.RunAsync(
            group => group.RaceAsync(async _ =>
            {
                await caller.CancelAsync();
                return winner;
            }),
            caller.Token);
        Assert.Same(winner, result);
        Assert.Equal(0, winner.Disposals);
    });

    // C01: who calls without a group is told so before anything of theirs is touched
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
