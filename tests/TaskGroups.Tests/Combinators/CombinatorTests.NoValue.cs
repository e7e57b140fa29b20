using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R18: a combinator that has no value to give ends canceled, or fails; it never makes one up.
public partial class CombinatorTests
{
    private static readonly Dictionary<string, Func<ITaskGroup, Func<CancellationToken, Task<int>>, Task>> Valued = new()
    {
        ["all of two"] = (group, work) => group.AllAsync(work, _ => Task.FromResult(2)),
        ["all of six"] = (group, work) => group.AllAsync(Two, Two, Two, Two, Two, work),
        ["all of a sequence"] = (group, work) => group.AllAsync([Two, work]),
        ["map"] = (group, work) => group.MapAsync([1, 2], (item, ct) => item == 1 ? Two(ct) : work(ct)),
        ["race"] = (group, work) => group.RaceAsync(work),
        ["stream"] = (group, work) => ReadAsync(group.StreamAsync([1, 2], (item, ct) => item == 1 ? Two(ct) : work(ct))),
        ["stream as they come"] = (group, work) =>
            ReadAsync(group.StreamAsync([1, 2], (item, ct) => item == 1 ? Two(ct) : work(ct), preserveOrder: false)),
        ["start"] = (group, work) => group.StartAsync<int>(async (signal, ct) => signal.Started(await work(ct))),
        ["or default"] = (group, work) => group.RunOrDefault(work, 3),
    };

    public static MatrixTheoryData<string, ChildStart> ValuedCombinators => new(Valued.Keys, Enum.GetValues<ChildStart>());

    // R5, R11: what a child did not finish because of a stop is missing
    [Theory]
    [MemberData(nameof(ValuedCombinators))]
    public Task Combinator_WhenAChildObeysAStop_EndsCanceledForTheStop(string combinator, ChildStart start) =>
        ObeyAsync(combinator, start, async stopping =>
        {
            await Work.Forever(stopping);
            return 1;
        });

    // The same: who completes a task by hand may hand the cancellation over as a failure
    [Theory]
    [MemberData(nameof(ValuedCombinators))]
    public Task Combinator_WhenAChildObeysAStopByATaskThatFails_EndsCanceledForTheStop(string combinator, ChildStart start) =>
        ObeyAsync(combinator, start, stopping =>
        {
            TaskCompletionSource<int> ended = new();
            stopping.Register(() => ended.SetException(new OperationCanceledException(stopping)));
            return ended.Task;
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

    // R18: somebody who looks on can cancel the combinator's own group
    [Theory]
    [MemberData(nameof(ValuedCombinators))]
    public async Task Combinator_WhenItsGroupIsCanceledByRequest_EndsCanceled(string combinator, ChildStart start)
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                Gate begun = new();
                Task combined = Valued[combinator](group, async ct =>
                {
                    begun.Open();
                    await Work.Forever(ct);
                    return 1;
                });
                await begun.WaitAsync();
                observer.Of<ObserverEvent.GroupOpened>()[^1].Group.Cancel();

                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => combined);
            },
            new TaskGroupOptions { ChildStart = start, Observer = observer });
    }

    // R10, R18: all have failed, and nobody was cut short
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

    // R5, R18: a group that was stopped alone
    [Theory, Plays]
    public Task RunGroupAsync_WhenOnlyTheNestedGroupIsStopped_EndsCanceledForItsStop(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            CancellationToken stopping = default;
            Task<int> nested = group.RunGroupAsync(async inner =>
            {
                stopping = inner.StoppingToken;
                inner.Stop();
                await Work.Forever(stopping);
                return 1;
            });
            await Expect.Canceled(nested, stopping);
            Assert.False(group.StoppingToken.IsCancellationRequested);
        });
    });

    // The source is left where the group was canceled: half of the results is no result
    [Fact]
    public async Task MapAsync_WhenItsGroupIsCanceledBetweenItems_EndsCanceled()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                Task<int[]> map = group.MapAsync(Items(), static (item, _) => Task.FromResult(item));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);
            },
            new TaskGroupOptions { Observer = observer });

        IEnumerable<int> Items()
        {
            yield return 1;
            observer.Of<ObserverEvent.GroupOpened>()[^1].Group.Cancel();
            yield return 2;
        }
    }

    // R4, R18: nothing is read, and nobody waits for what will not come
    [Theory, Plays]
    public Task StreamAsync_WhenTheGroupIsEndingAlready_EndsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            group.Cancel();
            foreach (bool preserveOrder in new[] { true, false })
            {
                await Expect.Canceled(
                    ReadAsync(group.StreamAsync([2], static (item, _) => Task.FromResult(item), preserveOrder: preserveOrder)), group
                        .CancellationToken);
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
                () => ReadAsync(group.StreamAsync(Items(), static (item, _) => Task.FromResult(item)))),
            new TaskGroupOptions { Observer = observer });

        async IAsyncEnumerable<int> Items([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return 2;
            observer.Of<ObserverEvent.GroupOpened>()[^1].Group.Cancel();
            await Work.Forever(cancellationToken);
        }
    }

    private static Task<int> Two(CancellationToken cancellationToken) => Task.FromResult(2);

    private static async Task ReadAsync(IAsyncEnumerable<int> items)
    {
        await foreach (int item in items)
        {
            Assert.Equal(2, item);
        }
    }

    private static async Task ObeyAsync(string combinator, ChildStart start, Func<CancellationToken, Task<int>> obeyAsync)
    {
        CancellationToken stopping = default;
        await TaskGroup.RunAsync(
            async group =>
            {
                stopping = group.StoppingToken;
                Gate begun = new();
                Task combined = Valued[combinator](group, _ =>
                {
                    begun.Open();
                    return obeyAsync(stopping);
                });
                await begun.WaitAsync();
                group.Stop();

                OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => combined);
                Assert.Equal(stopping, canceled.CancellationToken);
                await combined; // obedience here, too
            },
            new TaskGroupOptions { ChildStart = start });
        Assert.True(stopping.IsCancellationRequested);
    }
}
