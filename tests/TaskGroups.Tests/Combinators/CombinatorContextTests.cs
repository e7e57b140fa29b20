using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Where a combinator continues after a wait: anywhere but in the synchronization context of its caller.
public sealed class CombinatorContextTests
{
    public static TheoryData<string> Waiting => [.. WaitingCalls.Keys];

    // As in a background group: neither the source nor the items inherit anything of the code that reads the stream
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StreamAsync_WhereChildrenInheritNothing_ReadsItsSourceLikeThat(bool flows)
    {
        AsyncLocal<string> local = new() { Value = "caller's" };
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions(), hostContext: new HostContext { FlowsContext = flows });

        await TakeAsync(group.StreamAsync(Source(), (item, _) => Task.FromResult(item)));
        await group.CloseAsync();

        Assert.Equal("caller's", local.Value);

        IEnumerable<int> Source()
        {
            Assert.Equal(flows ? "caller's" : null, local.Value);
            yield return 1;
        }
    }

    // R25
    [Theory, MemberData(nameof(Waiting))]
    public async Task Combinators_WhateverTheyWaitFor_PostNothingToTheCallersContext(string waiting)
    {
        CountingContext context = new();
        TaskCompletionSource<int> later = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await TaskGroup.RunAsync(async group =>
        {
            Task call = context.Call(() => WaitingCalls[waiting](group, later.Task));
            Assert.False(call.IsCompleted);
            later.SetResult(1);
            await Task.WhenAny(call);
        }).WithWatchdog();
        Assert.Equal(0, context.Posted);
    }

    // Each waits for the task it is given, in an await of its own. The delegates await nothing, so whatever is posted the combinator has
    // posted.
    private static readonly Dictionary<string, Func<ITaskGroup, Task<int>, Task>> WaitingCalls = new()
    {
        ["AllAsync of two"] = (group, later) => group.AllAsync(_ => later, _ => later),
        ["AllAsync of three"] = (group, later) => group.AllAsync(_ => later, _ => later, _ => later),
        ["AllAsync of four"] = (group, later) => group.AllAsync(_ => later, _ => later, _ => later, _ => later),
        ["AllAsync of five"] = (group, later) => group.AllAsync(_ => later, _ => later, _ => later, _ => later, _ => later),
        ["AllAsync of six"] = (group, later) => group.AllAsync(_ => later, _ => later, _ => later, _ => later, _ => later, _ => later),
        ["AllAsync of a sequence"] = (group, later) => group.AllAsync([_ => later]),
        ["AllAsync without values"] = (group, later) => group.AllAsync(Task (_) => later),
        ["ForEachAsync for a child"] = (group, later) => group.ForEachAsync([1], (_, _) => later),
        ["ForEachAsync for room"] = (group, later) => group.ForEachAsync([1, 2], (_, _) => later, maxConcurrency: 1),
        ["ForEachAsync for an item"] = (group, later) => group.ForEachAsync(new SlowSource(Item: later), Work.Now),
        ["ForEachAsync for the source's disposal"] = (group, later) => group.ForEachAsync(new SlowSource(Disposal: later), Work.Now),
        ["MapAsync for a child"] = (group, later) => group.MapAsync([1], (_, _) => later),
        ["MapAsync for room"] = (group, later) => group.MapAsync([1, 2], (_, _) => later, maxConcurrency: 1),
        ["StreamAsync for a result in order"] = (group, later) => TakeAsync(group.StreamAsync([1], (_, _) => later)),
        ["StreamAsync for any result"] = (group, later) => TakeAsync(group.StreamAsync([1], (_, _) => later, preserveOrder: false)),
        ["StreamAsync for an item"] = (group, later) => TakeAsync(group.StreamAsync(new SlowSource(Item: later), Work.Now)),
        ["StreamAsync for the source's disposal"] = (group, later) =>
            TakeAsync(group.StreamAsync(new SlowSource(Disposal: later), Work.Now)),
        ["StreamAsync for a place"] = (group, later) => TakeAsync(
            group.StreamAsync([1, 2], FirstNowThen(later), maxConcurrency: 1),
            ready: 1),
        ["StreamAsync for the rest, the loop being left"] = (group, later) => LeaveAsync(group.StreamAsync([1, 2], FirstNowThen(later))),
        ["StreamAsync for the rest, an item having failed"] = (group, later) => TakeAsync(group.StreamAsync(
            [1, 2], (item, _) => item == 1 ? later : Task.FromException<int>(new InvalidDataException()), preserveOrder: false)),
        ["RaceAsync for a contender"] = (group, later) => group.RaceAsync(_ => later),
        ["RaceAsync for the disposal of a late success"] = RaceWithALoser,
        ["RaceAsync for the disposal of a success that nobody gets"] = RaceInACanceledGroup,
        ["RunOrDefault"] = (group, later) => group.RunOrDefault(_ => later, fallback: 0),
        ["StartAsync for the child's end"] = (group, later) => group.RunGroupAsync(nested =>
        {
            Task<int> start = nested.StartAsync<int>((_, _) => later);
            nested.Cancel(); // the child ends normally all the same: only its end tells that it has not started
            return start;
        }),
        ["RunGroupAsync for its body"] = (group, later) => group.RunGroupAsync(_ => later),
        ["RunGroupAsync for a child"] = (group, later) => group.RunGroupAsync(nested =>
        {
            nested.Run(_ => later);
            return Task.CompletedTask;
        }),
    };

    private static Func<int, CancellationToken, Task<int>> FirstNowThen(Task<int> later) =>
        (item, _) => item == 1 ? Task.FromResult(1) : later;

    // The second loses before any code has awaited it: the first has won meanwhile, on a thread of the pool.
    private static Task<object> RaceWithALoser(ITaskGroup group, Task<int> later)
    {
        TaskCompletionSource<object> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return group.RaceAsync(
            _ => first.Task,
            ct =>
            {
                first.SetResult(new object());
                Assert.True(ct.WaitHandle.WaitOne(WatchdogExtensions.Limit));
                return Task.FromResult<object>(new SlowPrize(later));
            });
    }

    private static Task<object> RaceInACanceledGroup(ITaskGroup group, Task<int> later) => group.RunGroupAsync(nested => nested.RaceAsync(
        _ =>
        {
            nested.Cancel();
            return Task.FromResult<object>(new SlowPrize(later));
        },
        _ => Task.FromResult(new object())));

    // Takes the results that are there, waits for one more, and leaves.
    private static async Task TakeAsync(IAsyncEnumerable<int> stream, int ready = 0)
    {
        IAsyncEnumerator<int> results = stream.GetAsyncEnumerator();
        for (; ready > 0; ready--)
        {
            Assert.True(await results.MoveNextAsync().ConfigureAwait(false));
        }

        await ((Task)results.MoveNextAsync().AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await results.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task LeaveAsync(IAsyncEnumerable<int> stream)
    {
        IAsyncEnumerator<int> results = stream.GetAsyncEnumerator();
        Assert.True(await results.MoveNextAsync().ConfigureAwait(false));
        await results.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>An empty source that says so, or goes, when the task it is given has ended.</summary>
    private sealed record SlowSource(Task? Item = null, Task? Disposal = null) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        public int Current => throw new InvalidOperationException();

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public async ValueTask<bool> MoveNextAsync()
        {
            await (Item ?? Task.CompletedTask).ConfigureAwait(false);
            return false;
        }

        public ValueTask DisposeAsync() => new(Disposal ?? Task.CompletedTask);
    }

    private sealed class SlowPrize(Task disposal) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => new(disposal);
    }
}
