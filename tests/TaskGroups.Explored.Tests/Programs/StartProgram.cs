using System.Diagnostics.CodeAnalysis;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>What happens while a child that was started with <c>StartAsync</c> gets ready, each at any moment.</summary>
[Flags]
internal enum Meanwhile
{
    Nothing = 0,

    /// <summary>Another actor says for the child that it is ready.</summary>
    IsReady = 1,

    /// <summary>The child ends.</summary>
    Ends = 2,

    /// <summary>The child fails.</summary>
    Fails = 4,

    /// <summary>The starter of the child gives up.</summary>
    GivesUp = 8,

    /// <summary>The group is canceled.</summary>
    IsCanceled = 16,

    /// <summary>The child waits for the slot of another.</summary>
    Waits = 32,
}

/// <summary>A child that says when it is ready. It obeys its token.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without timer and wait handle holds nothing.")]
internal sealed class StartProgram(Meanwhile meanwhile, bool isFine = false) : IExploredProgram
{
    private readonly CancellationTokenSource _caller = new();
    private readonly TaskCompletionSource _source = new();
    private readonly TaskCompletionSource _before = new();
    private readonly ExploredException _failure = new("child");
    private ITaskGroup? _group;
    private IStartSignal<string>? _signal;
    private CancellationToken _token;
    private Task? _join;
    private Task<string>? _start;
    private bool _isToldReady;
    private bool _isRefused;

    public bool IsFine => isFine;

    public string Outcome => $"{_start!.Status}, group {_join!.Status}";

    /// <summary>For tests that load this type in another assembly: what happens depends on the seed alone.</summary>
    public static IExploredProgram Of(int seed) => new StartProgram((Meanwhile)new Random(seed).Next(64), isFine: true);

    public void Start(Explorer explorer)
    {
        var options = new TaskGroupOptions { MaxConcurrency = meanwhile.HasFlag(Meanwhile.Waits) ? 1 : null };
        explorer.Spawn("opener", () => _join = TaskGroup.RunAsync(RunStart, options));
        Spawn(Meanwhile.Waits, () => _before.TrySetResult(), () => _start is not null);
        Spawn(Meanwhile.IsReady, TellReady, () => _signal is not null);
        Spawn(Meanwhile.Ends, () => _source.TrySetResult(), () => _signal is not null);
        Spawn(Meanwhile.Fails, () => _source.TrySetException(_failure), () => _signal is not null);
        Spawn(Meanwhile.GivesUp, _caller.Cancel, () => _group is not null);
        Spawn(Meanwhile.IsCanceled, () => _group!.Cancel(), () => _group is not null);
        explorer.Spawn("at last", () => _source.TrySetResult(), () => _signal is not null && !_source.Task.IsCompleted, isLast: true);

        void Spawn(Meanwhile what, Action action, Func<bool> when)
        {
            if (meanwhile.HasFlag(what))
            {
                explorer.Spawn(what.ToString(), action, when);
            }
        }
    }

    public void Check()
    {
        Rule(
            _join is not { IsCompleted: true } || _signal is null || _source.Task.IsCompleted,
            "the group has not waited for the child (R1)");
        Rule(
            _start is not { IsCompleted: true } || _signal is not null || ((TaskGroup)_group!).Counts.Waiting == 0,
            "the start has ended, and its child keeps its place in the queue");
        if ((meanwhile & (Meanwhile.IsReady | Meanwhile.GivesUp)) == 0) // those end it on threads that are not the group's
        {
            Rule(_join is not { IsCompleted: true } || _start is { IsCompleted: true }, "the group has not waited for the start (R1)");
        }
    }

    public void Verify()
    {
        Rule(_join is { IsCompleted: true }, "the group does not end");
        Rule(_start is { IsCompleted: true }, "the start does not end");
        Rule(_isToldReady == _start!.IsCompletedSuccessfully, "the start does not know whether the child was ready");
        Rule(
            _start.Exception is null || !_source.Task.IsFaulted || _start.Exception.InnerException == _failure,
            "the start failed with something else");
        Rule(_start.Exception?.InnerException is not OperationCanceledException, "the start failed with a cancellation");
        Exception? failed = _join!.Exception?.InnerException;
        if (_source.Task.IsFaulted)
        {
            Rule(
                (failed == _failure) == _isToldReady,
                "the failure of a child that was ready is the group's, and of one that was not the start's (R14)");
            Rule(_isToldReady || _start.IsFaulted, "the failure is lost (R14)");
        }
        else
        {
            Rule(failed is null, "the group failed without a failure");
        }

        if (meanwhile.HasFlag(Meanwhile.GivesUp) && !meanwhile.HasFlag(Meanwhile.IsCanceled))
        {
            Rule(!_isToldReady || !_token.IsCancellationRequested, "whoever gave up reached a child that was ready");
        }

        if (meanwhile == (Meanwhile.GivesUp | Meanwhile.IsReady))
        {
            Rule(_isToldReady || _isRefused || _signal is null || _start.IsCanceled, "the start ended neither way");
        }
    }

    public ulong Fingerprint()
    {
        ulong statuses = (ulong)_source.Task.Status + ((ulong)_before.Task.Status << 12) + (((ulong?)_join?.Status ?? 15) << 4)
            + (((ulong?)_start?.Status ?? 15) << 8);
        ulong flags = (_isToldReady ? 1UL : 0) | (_isRefused ? 2UL : 0) | (_group is null ? 4UL : 0) | (_signal is null ? 8UL : 0)
            | (_caller.IsCancellationRequested ? 16UL : 0) | (_token.IsCancellationRequested ? 32UL : 0);
        return StateHash.Fold(statuses, flags);
    }

    private Task RunStart(ITaskGroup group)
    {
        _group = group;
        if (meanwhile.HasFlag(Meanwhile.Waits))
        {
            group.Run(_ => _before.Task);
        }

        _start = group.StartAsync<string>(GetReadyAsync, meanwhile.HasFlag(Meanwhile.GivesUp) ? _caller.Token : default);
        return Task.CompletedTask; // the group waits for the child
    }

    private Task GetReadyAsync(IStartSignal<string> signal, CancellationToken token)
    {
        Rule(_start is not { IsCompleted: true }, "a child was invoked whose starter has given up");
        _signal = signal;
        _token = token;
        Explorer.UserPoint("get ready");
        token.UnsafeRegister(Obey, null);
        return _source.Task;
    }

    private void TellReady()
    {
        try
        {
            _signal!.Started("ready");
            _isToldReady = true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or OperationCanceledException)
        {
            _isRefused = true;
        }
    }

    private void Obey(object? state, CancellationToken token)
    {
        Explorer.UserPoint("obey");
        _source.TrySetCanceled(token);
    }

    private static void Rule(bool holds, string broken)
    {
        if (!holds)
        {
            throw new InvalidOperationException(broken);
        }
    }
}
