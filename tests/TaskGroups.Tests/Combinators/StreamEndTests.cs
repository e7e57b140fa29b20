using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StreamAsync: a loop that is left, a source that is canceled, a group that ends.
public sealed class StreamEndTests
{
    // R1: leaving the loop cancels the rest and waits for it
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

    [Theory, Plays]
    public Task StreamAsync_WhenTheLoopIsLeftAndTheRestFailsUnobserved_FailsNothingElse(
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

    // R14: what failed before the loop was left is reported when it is left, to the observers if there are any
    [Theory, Plays]
    public Task StreamAsync_WhenTheLoopIsLeftAfterAFailure_ReportsIt(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await LeaveAsync(new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([failure], scene.Observer.Unseen());
        await LeaveAsync(new TaskGroupOptions());

        Task LeaveAsync(TaskGroupOptions options) => scene.RunAsync(
            async group =>
            {
                Gate taken = new(), failed = new();
                await foreach (int item in group.StreamAsync([0, 1], WorkAsync, maxConcurrency: 2))
                {
                    taken.Open();
                    await failed.WaitAsync();
                    if (options.Observer == scene.Observer)
                    {
                        await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Outcome == ChildOutcome.Failed);
                    }

                    break;
                }

                async Task<int> WorkAsync(int item, CancellationToken ct)
                {
                    if (item == 0)
                    {
                        return item;
                    }

                    await taken.WaitAsync(ct);
                    failed.Open();
                    throw failure;
                }
            },
            options);
    });

    // R14: what the source throws when the loop is left early comes out of no await, so the observers get it
    [Theory, Plays]
    public Task StreamAsync_WhenTheLoopIsLeftAndTheSourceFailsToDispose_ReportsThat(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        foreach (bool preserveOrder in new[] { true, false })
        {
            RecordingObserver observer = new();
            FaultySource source = new(Fault.Disposal, failure, count: 100);
            await scene.RunAsync(
                async group =>
                {
                    await foreach (int _ in group.StreamAsync(
                        (IAsyncEnumerable<int>)source,
                        (item, _) => Task.FromResult(item),
                        2,
                        preserveOrder))
                    {
                        break;
                    }
                },
                new TaskGroupOptions { Observer = observer });
            Assert.Contains(failure, observer.Unseen());
            Assert.Equal(1, source.Disposals);
        }
    });

    // R5, R18: a stream whose source obeyed is not whole
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StreamAsync_WhenItsSourceObeysAStop_EndsCanceledForTheStop(bool preserveOrder)
    {
        List<int> read = [];
        await TaskGroup.RunAsync(async group =>
        {
            CancellationToken stopping = group.StoppingToken;
            OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (int item in group.StreamAsync(
                    Source(),
                    (item, _) => Task.FromResult(item),
                    maxConcurrency: 1,
                    preserveOrder))
                {
                    read.Add(item);
                    group.Stop();
                }
            });
            Assert.Equal(stopping, canceled.CancellationToken);

            IEnumerable<int> Source()
            {
                for (int item = 0; ; item++)
                {
                    stopping.ThrowIfCancellationRequested();
                    yield return item;
                }
            }
        });
        Assert.Equal([0], read);
    }

    // R4, R18: nothing is read, and nothing waits for what will not come
    [Theory, Plays]
    public Task StreamAsync_WhenTheGroupIsEndingAlready_EndsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            group.Cancel();
            foreach (bool preserveOrder in new[] { true, false })
            {
                await Expect.Canceled(
                    Sources.ReadAllAsync(group.StreamAsync([2], Work.Now, preserveOrder: preserveOrder)),
                    group.CancellationToken);
            }
        });
    });

    // All that came has been worked on, but more was to come
    [Fact]
    public async Task StreamAsync_WhenItsGroupIsCanceledWhileTheSourceIsRead_EndsCanceled()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group => await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => Sources.ReadAllAsync(group.StreamAsync(Items(), static (item, _) => Task.FromResult(item)))),
            new TaskGroupOptions { Observer = observer });

        async IAsyncEnumerable<int> Items([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return 2;
            observer.Of<ObserverEvent.GroupOpened>()[^1].Group.Cancel();
            await Work.Forever(cancellationToken);
        }
    }
}
