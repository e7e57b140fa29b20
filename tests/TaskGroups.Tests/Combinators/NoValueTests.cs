using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R18: a combinator that has no value to return ends canceled, or fails; it never invents one.
public sealed class NoValueTests
{
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

    // R18: an observer can cancel the combinator's own group
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
