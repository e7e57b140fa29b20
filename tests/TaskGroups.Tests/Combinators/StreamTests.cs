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

    // R10: what is before the failed item arrives, then the failure, then nothing runs any more
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

    // R17: a stream that is read to its end has canceled nobody
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

    // R9, R14: without an order to keep, a failure cancels the others when it happens; the loop throws it, so it is not unseen
    [Theory, Plays]
    public Task StreamAsync_WhenAnItemFails_IsCanceledByItUnlessItHasToWaitForItsTurn(Play play) => play.In(async scene =>
    {
        foreach (bool preserveOrder in new[] { true, false })
        {
            InvalidDataException failure = new();
            RecordingObserver observer = new();
            await scene.RunAsync(
                async group => Assert.Same(failure, await Record.ExceptionAsync(
                    () => Sources.ReadAllAsync(group.StreamAsync([1], Task<int> (_, _) => throw failure, preserveOrder: preserveOrder)))),
                new TaskGroupOptions { Observer = observer });
            ObserverEvent.GroupCanceled canceled = Assert.Single(observer.Of<ObserverEvent.GroupCanceled>());
            Assert.Equal(
                preserveOrder ? (CancellationReason.Requested, null, null) : (CancellationReason.ChildFailed, "item[0]", failure),
                (canceled.Reason, canceled.Child, canceled.Cause));
            Assert.Empty(observer.Unseen());
        }
    });
}
