namespace TaskGroups;

/// <summary>The work of a child that says when it is ready, and the task with which its starter waits for that.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Stage</term><description>Meaning; what comes next</description></listheader>
/// <item><term>waiting</term><description>The child has not been invoked; getting ready, given up or ended.</description></item>
/// <item><term>getting ready</term><description>The child has not said that it is ready; one of the following.</description></item>
/// <item><term>started</term><description>The child runs on, like any other, and its failure is the group's; nothing.</description></item>
/// <item><term>given up</term><description>
/// The starter waits no more. A child that was invoked is canceled, and its end goes to the starter's task; one that was not is never
/// invoked, and leaves the queue; nothing.
/// </description></item>
/// <item><term>ended</term><description>The child was not ready; its end goes to the starter; nothing.</description></item>
/// </list>
/// </remarks>
internal sealed class PendingStart<T>(TaskGroup group, Func<IStartSignal<T>, CancellationToken, Task> work) : IOptionalWork
{
    private readonly TaskCompletionSource<T> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private CancellationTokenSource? _giveUp; // null if the starter cannot give up: the group's token is the child's
    private CancellationToken _callerToken;
    private CancellationTokenRegistration _byCaller;
    private Stage _stage;

    /// <summary>Waiting and getting ready are left once: what comes at the same moment comes too late.</summary>
    private enum Stage
    {
        Waiting,
        GettingReady,
        Started,
        Abandoned,
        Ended,
    }

    public ITaskGroup Group
    {
        set => group = TaskGroup.From(value);
    }

    public IReadOnlyList<Exception> Failures { get; private set; } = [];

    public bool IsFailureThrown => true;

    /// <summary>Starts the child and yields what it hands over.</summary>
    public Task<T> StartAsync(ITaskGroup through, string? name, CancellationToken callerToken)
    {
        if (callerToken.CanBeCanceled)
        {
            _giveUp = new CancellationTokenSource();
            _callerToken = callerToken;
            _byCaller = callerToken.UnsafeRegister(static it => ((PendingStart<T>)it!).GiveUp(), this);
        }

        try
        {
            if (through.Run(static (start, _) => start.RunAsync(), this, name).IsCompleted)
            {
                CancelBeforeStart(); // unless it has been invoked, the group is ending and has refused it
            }

            if (IsAbandoned)
            {
                LeaveQueue(); // it may have come into the queue after that
            }
        }
        catch
        {
            _byCaller.Unregister(); // the exception goes on to the starter: the group is full, or has completed
            throw;
        }

        return _ready.Task;
    }

    public void CancelBeforeStart()
    {
        if (Leave(Stage.Ended) == Stage.Waiting)
        {
            _byCaller.Unregister();
            CancelStart(group.CanceledException());
        }
    }

    private Task RunAsync() => Leave(Stage.GettingReady) == Stage.Waiting ? InvokeAsync().Unwrap() : Task.CompletedTask;

    // Yields how the child ends: one that has started may hold several failures.
    private async Task<Task> InvokeAsync()
    {
        CancellationTokenRegistration byGroup = _giveUp is null
            ? default
            : group.CancellationToken.UnsafeRegister(static it => ((PendingStart<T>)it!).CancelChild(), this);
        CancellationToken token = _giveUp?.Token ?? group.CancellationToken;
        Task child = DelegateInvoker.Invoke(group, new StatefulChildWork<Signal>(work, new Signal(this)), token);
        await child.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        byGroup.Unregister();
        return Leave(Stage.Ended) == Stage.Started ? child : EndBeforeReady(child);
    }

    // Before the child was ready its end is the starter's business alone.
    private Task EndBeforeReady(Task child)
    {
        _byCaller.Unregister();
        ChildResult result = OutcomeRules.Classify(group, child);
        switch (result.Outcome)
        {
            case ChildOutcome.Failed when IsStarterGone && result.Failures.All(failure => failure is OperationCanceledException):
            case ChildOutcome.Succeeded when IsStarterGone && !group.IsEnding: // a child may obey without an exception
                CancelStart(_callerToken);
                return Task.CompletedTask;
            case ChildOutcome.Failed:
                Fail(result.Failures);
                return group.IsEnding
                    ? VoidResult.FromException(group.CanceledException())
                    : Task.CompletedTask;
            case ChildOutcome.Succeeded when !group.IsEnding:
                Fail([new InvalidOperationException("A child given to StartAsync ended without having called Started.")]);
                return Task.CompletedTask;
            default:
                CancelStart(group.IsEnding
                    ? group.CanceledException()
                    : ErrorMessages.Stopped(group, GroupTree.StoppedAround(group), "the child ended before it was ready"));
                return child;
        }
    }

    private bool IsStarterGone => _callerToken.IsCancellationRequested;

    private bool IsAbandoned
    {
        get
        {
            lock (_lock)
            {
                return _stage == Stage.Abandoned;
            }
        }
    }

    private void Fail(IReadOnlyList<Exception> failures)
    {
        Failures = failures;
        _ready.SetException(failures);
        _ = _ready.Task.Exception; // the observers have it: no code needs to await the start
    }

    private void CancelStart(CancellationToken callerToken) => CancelStart(ErrorMessages.StartGivenUp(group, callerToken));

    private void CancelStart(OperationCanceledException explained) => _ready.SetFromTask(ValueResult<T>.FromException(explained));

    private void GiveUp()
    {
        switch (Leave(Stage.Abandoned))
        {
            case Stage.Waiting:
                LeaveQueue();
                CancelStart(_callerToken);
                break;
            case Stage.GettingReady:
                CancelChild();
                break;
        }
    }

    private void LeaveQueue()
    {
        if (group.Limiter?.Remove(this) is { } child)
        {
            child.Reject();
            group.HostContext.OnPlaceFreed?.Invoke();
        }
    }

    private void CancelChild() => group.CancelChildSource(_giveUp!);

    private void OnStarted(T value)
    {
        switch (Leave(Stage.Started))
        {
            case Stage.GettingReady:
                _byCaller.Unregister();
                _byCaller = default; // nothing of the starter's is kept while the child runs on
                _callerToken = default;
                _ready.SetResult(value);
                break;
            case Stage.Abandoned:
                throw ErrorMessages.StartGivenUp(group, _giveUp!.Token);
            default:
                throw new InvalidOperationException(
                    "Started was called before, or the child has ended: a child says once that it is ready.");
        }
    }

    private Stage Leave(Stage next)
    {
        lock (_lock)
        {
            Stage before = _stage;
            _stage = before is Stage.Waiting or Stage.GettingReady ? next : before;
            return before;
        }
    }

    /// <summary>What the child has of its start: an object of its own, since others may be handed it.</summary>
    private sealed class Signal(PendingStart<T> start) : IStartSignal<T>
    {
        public void Started(T value) => start.OnStarted(value);
    }
}
