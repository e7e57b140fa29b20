using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What combinators do with what they leave: sources, late results, results in order.
public partial class CombinatorTests
{
    // R14, R15: a disposal never takes the place of the failure that led to it
    [Theory, Plays]
    public Task Combinators_WhenASourceFailsAndItsDisposalAsWell_ThrowTheFirstAndReportTheSecond(Play play) => play.In(async scene =>
    {
        foreach (Func<ITaskGroup, IAsyncEnumerable<int>, Task> combinator in new Func<ITaskGroup, IAsyncEnumerable<int>, Task>[]
        {
            (group, source) => group.ForEachAsync(source, static (_, _) => Task.CompletedTask),
            (group, source) => group.MapAsync(source, static (item, _) => Task.FromResult(item)),
            (group, source) => ReadAsync(group.StreamAsync(source, static (item, _) => Task.FromResult(item))),
        })
        {
            InvalidDataException first = new("first"), second = new("second");
            RecordingObserver observer = new();
            await scene.RunAsync(
                async group => await Expect.Throws(combinator(group, new FailingSource(first, second)), first),
                new TaskGroupOptions { Observer = observer });
            Assert.Contains(second, UnseenBy(observer));

            observer = new();
            await scene.RunAsync(
                async group => await Expect.Throws(combinator(group, new FailingSource(null, second)), second),
                new TaskGroupOptions { Observer = observer });
        }
    });

    // A cache may give several losers the same
    [Theory, Plays]
    public Task RaceAsync_WhenLosersBringTheSameObject_DisposesItOnce(Play play) => play.In(async scene =>
    {
        SynchronousPrize winner = new(null), late = new(null);
        await scene.RunAsync(async group =>
        {
            Gate started = new(2);
            SynchronousPrize won = await group.RaceAsync(
                LoseAsync,
                LoseAsync,
                async _ =>
                {
                    await started.WaitAsync(CancellationToken.None);
                    return winner;
                });
            Assert.Same(winner, won);

            async Task<SynchronousPrize> LoseAsync(CancellationToken ct)
            {
                started.Open();
                await Work.UntilCanceled(ct);
                return late;
            }
        });
        Assert.Equal((0, 1), (winner.Disposals, late.Disposals));
    });

    // As they are ready, so they come
    [Theory, Plays]
    public Task StreamAsync_WhenResultsAreReadyAtOnce_YieldsThemAsTheyWere(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            List<int> results = [];
            IAsyncEnumerable<int> stream = group.StreamAsync(
                Enumerable.Range(0, 8), static (item, _) => Task.FromResult(item), maxConcurrency: 8, preserveOrder: false);
            await foreach (int item in stream)
            {
                results.Add(item);
            }

            if (!scene.IsQueued)
            {
                Assert.Equal(Enumerable.Range(0, 8), results);
            }

            Assert.Equal(Enumerable.Range(0, 8), results.Order());
        });
    });

    private sealed class FailingSource(Exception? failure, Exception disposal) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        public int Current => 2;

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync() => failure is null ? new(false) : ValueTask.FromException<bool>(failure);

        public ValueTask DisposeAsync() => ValueTask.FromException(disposal);
    }
}
