using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R14: what comes out of no await goes to the observers; where there are none it harms nobody.
public partial class CombinatorTests
{
    // CL-07
    [Theory, Plays]
    public Task RaceAsync_WhenALosersDisposalThrowsUnobserved_TheWinnersValueStands(
        Play play) => play.In(scene => scene.RunAsync(async group =>
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
    public Task StreamAsync_WhenTheLoopIsLeftAndTheRestFailsUnobserved_HarmsNobody(
        Play play) => play.In(scene => scene.RunAsync(async group =>
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

    // R14: what failed before the loop was left is heard when it is left, by the observers if there are any
    [Theory, Plays]
    public Task StreamAsync_WhenTheLoopIsLeftAfterAFailure_ReportsIt(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await LeaveAsync(new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([failure], UnseenBy(scene.Observer));
        await LeaveAsync(new TaskGroupOptions());

        Task LeaveAsync(TaskGroupOptions options) => scene.RunAsync(
            async group =>
            {
                Gate failed = new();
                await foreach (int item in group.StreamAsync([0, 1], WorkAsync, maxConcurrency: 2))
                {
                    await failed.WaitAsync();
                    if (options.Observer == scene.Observer)
                    {
                        await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Outcome == ChildOutcome.Failed);
                    }

                    break;
                }

                Task<int> WorkAsync(int item, CancellationToken ct)
                {
                    if (item == 0)
                    {
                        return Task.FromResult(item);
                    }

                    failed.Open();
                    return Task.FromException<int>(failure);
                }
            },
            options);
    });

    // 3.1
    [Theory, Plays]
    public Task Run_WhenTheWorkReturnsAValueTask_IsAChildLikeAnyOther(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        await group.Run(ValueTask (CancellationToken ct) => new ValueTask(Task.CompletedTask));
        Assert.Equal(7, await group.Run(ValueTask<int> (CancellationToken ct) => new ValueTask<int>(7)));
    }));
}
