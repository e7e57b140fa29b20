using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StreamAsync: results one by one, bounded read-ahead, nothing left behind.
public partial class CombinatorTests
{
    // CO-10: in order, for both kinds of source, and with bounded read-ahead
    [Theory, Plays]
    public Task StreamAsync_InOrder_YieldsAllInTheOrderOfTheSource(Play play) => play.In(async scene =>
    {
        List<int> seen = [];
        int started = 0, furthest = 0;
        await scene.RunAsync(async group =>
        {
            await foreach (int item in group.StreamAsync(
                Numbers(60),
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

    // 3.1: as completed, a slow first item does not hold the others
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

    // CO-10, R10: what is before the failed item arrives, then the failure, then nothing runs any more
    [Theory, Plays]
    public Task StreamAsync_WhenAnItemFails_YieldsThoseBeforeItThenThrows(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        List<int> seen = [];
        Task run = scene.RunAsync(async group =>
        {
            await foreach (int item in group.StreamAsync(
                Enumerable.Range(0, 200),
                async (item, ct) =>
                {
                    if (item == 50)
                    {
                        throw e;
                    }

                    if (item > 50)
                    {
                        await Work.Forever(ct);
                    }

                    await Task.Yield();
                    return item;
                },
                maxConcurrency: 8))
            {
                seen.Add(item);
            }
        });
        await Expect.Throws(run, e);
        Assert.Equal(Enumerable.Range(0, 50), seen);
    });

    // PP-05, R1: leaving the loop cancels the rest and waits for it
    [Theory, Plays]
    public Task StreamAsync_WhenTheLoopIsLeft_CancelsAndWaitsForTheRest(Play play) => play.In(async scene =>
    {
        int running = 0;
        await scene.RunAsync(async group =>
        {
            await foreach (int item in group.StreamAsync(
                Enumerable.Range(0, 100),
                async (item, ct) =>
                {
                    Interlocked.Increment(ref running);
                    try
                    {
                        if (item > 0)
                        {
                            await Work.Forever(ct);
                        }

                        return item;
                    }
                    finally
                    {
                        Interlocked.Decrement(ref running);
                    }
                },
                maxConcurrency: 4))
            {
                Assert.Equal(0, item);
                break;
            }

            Assert.Equal(0, Volatile.Read(ref running));
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // 3.1: the consumer gives an item's place back when it asks for the next one, and not before
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

    // R9, R10: a source that throws, an empty one
    [Theory, Plays]
    public Task StreamAsync_WhenTheSourceThrows_ThrowsThatAfterItsItems(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();

        IEnumerable<int> Source()
        {
            yield return 0;
            yield return 1;
            throw e;
        }

        foreach (bool preserveOrder in new[] { true, false })
        {
            List<int> seen = [];
            Task run = scene.RunAsync(async group =>
            {
                await foreach (int item in group.StreamAsync(Source(), (item, _) => Task.FromResult(item), preserveOrder: preserveOrder))
                {
                    seen.Add(item);
                }
            });
            await Expect.Throws(run, e);
            Assert.True(!preserveOrder || seen.SequenceEqual([0, 1]));
        }

        await scene.RunAsync(async group =>
        {
            await foreach (int _ in group.StreamAsync(Array.Empty<int>(), (item, _) => Task.FromResult(item)))
            {
                Assert.Fail("an empty source has no results");
            }
        });
    });

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
}
