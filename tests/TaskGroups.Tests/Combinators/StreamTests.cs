using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StreamAsync: results one by one, bounded read-ahead.
public sealed class StreamTests
{
    // In order, for both kinds of source, and with bounded read-ahead
    [Theory, Plays]
    public Task StreamAsync_InOrder_YieldsAllInTheOrderOfTheSource(Play play) => play.In(async scene =>
    {
        List<int> seen = [];
        int started = 0, furthest = 0;
        await scene.RunAsync(async group =>
        {
            await foreach (int item in group.StreamAsync(
                Sources.Numbers(60),
                async (item, _) =>
                {
                    furthest = Math.Max(furthest, Interlocked.Increment(ref started) - Volatile.Read(ref seen).Count);
                    for (int i = item % 4; i > 0; i--)
                    {
                        await Task.Yield();
                    }

                    return item;
                },
                maxConcurrency: 5))
            {
                seen.Add(item);
            }
        });
        Assert.Equal(Enumerable.Range(0, 60), seen);
        Assert.InRange(furthest, 1, 6);
    });

    // As completed, a slow first item does not hold the others
    [Theory, Plays]
    public Task StreamAsync_AsCompleted_YieldsWhatIsReady(Play play) => play.In(async scene =>
    {
        Gate slow = new();
        List<int> seen = [];
        await scene.RunAsync(async group =>
        {
            await foreach (int item in group.StreamAsync(
                Enumerable.Range(0, 3),
                async (item, ct) =>
                {
                    if (item == 0)
                    {
                        await slow.WaitAsync(ct);
                    }

                    return item;
                },
                preserveOrder: false))
            {
                seen.Add(item);
                if (seen.Count == 2)
                {
                    slow.Open();
                }
            }
        });
        Assert.Equal(0, seen[^1]);
        Assert.Equal([0, 1, 2], seen.Order());
    });

    // The consumer gives an item's place back when it asks for the next one, and not before
    [Theory, Plays]
    public Task StreamAsync_WhateverItsConsumerDoes_ReadsNoFurtherThanItsPlaces(Play play) => play.In(async scene =>
    {
        foreach (bool preserveOrder in new[] { true, false })
        {
            int done = 0, furthest = 0;
            await scene.RunAsync(async group =>
            {
                await foreach (int _ in group.StreamAsync(Source(), (item, _) => Task.FromResult(item), maxConcurrency: 3, preserveOrder))
                {
                    Interlocked.Increment(ref done);
                }
            });
            Assert.Equal(100, done);
            Assert.InRange(furthest, 1, 3);

            IEnumerable<int> Source()
            {
                for (int read = 1; read <= 100; read++)
                {
                    furthest = Math.Max(furthest, read - Volatile.Read(ref done));
                    yield return read;
                }
            }
        }
    });

    [Theory, Plays]
    public Task StreamAsync_WhenTheSourceIsEmpty_YieldsNothing(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        foreach (bool preserveOrder in new[] { true, false })
        {
            Assert.Empty(await Sources.ReadAllAsync(group.StreamAsync(Array.Empty<int>(), Work.Now, preserveOrder: preserveOrder)));
        }
    }));

    // R7, R18: the outer group's end, and the enumeration's own token
    [Theory, Plays]
    public Task StreamAsync_WhenTheEnumerationIsCanceled_EndsWithThatToken(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource leave = new();
        Gate started = new();
        await scene.RunAsync(async group =>
        {
            Task loop = LoopAsync(group, leave.Token);
            await started.WaitAsync();
            leave.Cancel();
            OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);
            Assert.Equal(leave.Token, canceled.CancellationToken);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });

        async Task LoopAsync(ITaskGroup group, CancellationToken ct)
        {
            IAsyncEnumerable<int> stream = group.StreamAsync([1], async (item, ct) =>
            {
                started.Open();
                await Work.Forever(ct);
                return item;
            });
            await foreach (int _ in stream.WithCancellation(ct))
            {
            }
        }
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

    // R17: a stream that is read to its end has canceled no child
    [Theory, Plays]
    public Task StreamAsync_WhenReadToItsEnd_IsNotCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                await Sources.ReadAllAsync(group.StreamAsync([1, 2], Work.Now));
                await Sources.ReadAllAsync(group.StreamAsync([1, 2], Work.Now, preserveOrder: false));
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Empty(scene.Observer.Of<ObserverEvent.GroupCanceled>());
    });
}
