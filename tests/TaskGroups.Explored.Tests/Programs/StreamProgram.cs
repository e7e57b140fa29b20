using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>A source whose items go through a stream or a loop: children end in any order, and others interfere at any moment.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without timer and wait handle holds nothing.")]
internal sealed class StreamProgram : IExploredProgram
{
    private readonly CancellationTokenSource _reader = new();
    private TaskGroup? _group;
    private ITaskGroup? _inner;
    private Task? _outer;
    private bool _hasItem;
    private int _moments;

    public StreamProgram(StreamPlan plan, bool isFine)
    {
        Plan = plan;
        IsFine = isFine;
        Items = [.. plan.Items.Select((kind, index) => new ItemScene(this, kind, index))];
        Source = new SourceScene(this, plan);
    }

    public StreamPlan Plan { get; }

    public bool IsFine { get; }

    public ItemScene[] Items { get; }

    public SourceScene Source { get; }

    /// <summary>The results that the reader was given.</summary>
    public List<int> Received { get; } = [];

    /// <summary>The loop, or the call that goes through the items.</summary>
    public Task? Call { get; private set; }

    public bool IsOuterOver => _outer is { IsCompletedSuccessfully: true };

    /// <summary>Whether the outer group or the reader was canceled, or the reader left: then all that obey are canceled.</summary>
    public bool IsCut { get; private set; }

    public bool IsStopped { get; private set; }

    public CancellationToken StoppingToken => _group!.StoppingToken;

    public string Outcome =>
        $"{Call!.Status} {Call.Exception?.InnerException?.Message} [{string.Join(',', Received)}] "
        + string.Join(',', Items.Select(item => (item.Invoked, item.HasResult)));

    /// <summary>For tests that load this type in another assembly.</summary>
    public static IExploredProgram Of(int seed) => new StreamProgram(StreamPlan.OfSeed(seed), isFine: true);

    public void Start(Explorer explorer)
    {
        var options = new TaskGroupOptions { Observer = Plan.IsCanceledInside ? new Insider(this) : null };
        explorer.Spawn("opener", () => _outer = TaskGroup.RunAsync(RunBody, options));
        foreach (ItemScene item in Items.Where(item => item.EndsItself))
        {
            explorer.Spawn(item.EndName, item.End, () => item.IsAlive);
        }

        for (int index = 1; Plan.IsSlow && index <= Items.Length + 1; index++)
        {
            int move = index;
            explorer.Spawn("source", Source.Give, () => Source.Waits && Source.Moves == move);
        }

        if (Plan.Reader == Reader.IsCanceled)
        {
            explorer.Spawn("reader", () => Cut(_reader.Cancel), () => _group is not null);
        }

        if (Plan.IsCanceled)
        {
            explorer.Spawn("cancel", () => Cut(_group!.Cancel), () => _group is not null);
        }

        if (Plan.IsCanceledInside)
        {
            explorer.Spawn("insider", () => Cut(_inner!.Cancel), () => _inner is not null);
        }

        if (Plan.IsStopped)
        {
            explorer.Spawn("stop", Stop, () => _group is not null);
        }

        // Children that block where nothing is canceled.
        explorer.Spawn("at last", AtLast, () => _outer is { IsCompleted: false }, isLast: true);
    }

    public void Check()
    {
        if (_group is not null)
        {
            StreamOracle.Check(this, doneWith: Received.Count - (_hasItem ? 1 : 0));
        }
    }

    public void Verify()
    {
        StreamOracle.Verify(this);
        int points = Explorer.CountPoints(_reader.Cancel);
        StreamOracle.Rule(points == 0, "the stream is still registered on the reader's token (R21)");
    }

    public ulong Fingerprint()
    {
        ulong state = StateHash.Fold(((ulong?)_outer?.Status ?? 15) + (((ulong?)Call?.Status ?? 15) << 4), Source.Fold());
        state = StateHash.Fold(
            state,
            (IsCut ? 1UL : 0) | (IsStopped ? 2UL : 0) | (_hasItem ? 4UL : 0) | (_inner is null ? 0 : 8UL) | (_reader.IsCancellationRequested
                ? 16UL
                : 0));
        state = Items.Aggregate(state, (folded, item) => StateHash.Fold(folded, item.Fold()));
        state = Received.Aggregate(state, (folded, result) => StateHash.Fold(folded, (ulong)result + 100));
        if (_group is null)
        {
            return state;
        }

        state = StateHash.Fold(state, (ulong)Word(State(_group)));
        return (_group.Registry?.GetNested() ?? []).Aggregate(
            state,
            (folded, nested) => StateHash.Fold(folded, (ulong)Word(State(nested))));
    }

    /// <summary>Says that something fails now.</summary>
    public Failing BeginFailing(string what) => new(new ExploredException(what), ++_moments);

    /// <summary>Says that a failure has been recorded.</summary>
    public void EndFailing(Failing failure) => failure.Until = ++_moments;

    private Task RunBody(ITaskGroup group)
    {
        _group = (TaskGroup)group;
        Explorer.UserPoint("body");
        switch (Plan.Way)
        {
            case Way.ForEach:
                Call = Plan.IsSlow
                    ? group.ForEachAsync(Source, InvokeAsync, Plan.Limit)
                    : group.ForEachAsync(Source.InTurn(), InvokeAsync, Plan.Limit);
                return Task.CompletedTask; // the group waits for the call
            case Way.Map:
                Call = Plan.IsSlow
                    ? group.MapAsync(Source, InvokeAsync, Plan.Limit)
                    : group.MapAsync(Source.InTurn(), InvokeAsync, Plan.Limit);
                return Task.CompletedTask;
            default:
                return ReadOnAsync(group);
        }
    }

    // The loop's failure is the loop's alone: the body ends well.
    private async Task ReadOnAsync(ITaskGroup group)
    {
        Call = ReadAsync(group);
        await Call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync(ITaskGroup group)
    {
        IAsyncEnumerable<int> stream = Plan.IsSlow
            ? group.StreamAsync(Source, InvokeAsync, Plan.Limit, Plan.Way == Way.InOrder)
            : group.StreamAsync(Source.InTurn(), InvokeAsync, Plan.Limit, Plan.Way == Way.InOrder);
        CancellationToken token = Plan.Reader == Reader.IsCanceled ? _reader.Token : default;
        await foreach (int result in stream.WithCancellation(token).ConfigureAwait(false))
        {
            _hasItem = true;
            Received.Add(result);
            Explorer.UserPoint("an item has come");
            if (Plan.Reader == Reader.Leaves)
            {
                IsCut = true;
                break;
            }

            _hasItem = false;
        }
    }

    private Task<int> InvokeAsync(int item, CancellationToken token) => Items[item].InvokeAsync(token);

    private void Cut(Action cancel)
    {
        cancel();
        IsCut = true;
    }

    private void Stop()
    {
        _group!.Stop();
        IsStopped = true;
    }

    private void AtLast()
    {
        StreamOracle.CheckQuiet(this, doneWith: Received.Count - (_hasItem ? 1 : 0));
        Cut(_group!.Cancel);
    }

    /// <summary>Gets the group of the call, which no other code is given.</summary>
    private sealed class Insider(StreamProgram program) : TaskGroupObserver
    {
        public override void GroupOpened(ITaskGroup group) => program._inner = program._group is null ? null : group;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_state")]
    private static extern ref GroupState State(TaskGroup group);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_word")]
    private static extern ref long Word(GroupState state);
}
