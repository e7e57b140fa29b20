using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R14: what comes out of no await goes to the observers; where there are none it harms nobody.
public partial class CombinatorTests
{
    // CL-07
    [Theory, Plays]
    public Task RaceAsync_WhenALosersDisposalThrowsUnobserved_TheWinnersValueStands(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Gate started = new();
        Prize winner = new SynchronousPrize(null), loser = new SynchronousPrize(new InvalidDataException());
        Prize won = await group.RaceAsync(
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

    [Theory, Plays]
    public Task StreamAsync_WhenTheLoopIsLeftAndTheRestFailsUnobserved_HarmsNobody(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Gate started = new();
        await foreach (int item in group.StreamAsync([0, 1], WorkAsync, maxConcurrency: 2))
        {
            await started.WaitAsync();
            break;
        }

        Assert.Equal(CancellationReason.None, group.CancellationReason);

        async Task<int> WorkAsync(int item, CancellationToken ct)
        {
            if (item > 0)
            {
                await Work.FailInCleanUp(started.Open, new InvalidDataException(), ct);
            }

            return item;
        }
    }));
}
