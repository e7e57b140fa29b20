using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>A facade over the generations of one background group, with a gate that closes when the drain begins (R35, R47).</summary>
internal sealed class BackgroundTaskGroup : IBackgroundTaskGroup, ITaskGroupWrapper
{
    private readonly Generations _generations;
    private readonly ConcurrencyLimiter? _limiter;
    private readonly EnqueuedWork _enqueued = new();
    private readonly ConcurrentQueue<string> _givenUp = new();
    private readonly BackgroundFlow _flow;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public BackgroundTaskGroup(
        string name,
        BackgroundTaskGroupOptions options,
        ApplicationGroups application,
        GroupServices services,
        ILogger logger,
        IHostApplicationLifetime? lifetime)
    {
        _logger = logger;
        _time = application.TimeProvider;
        _flow = options.Flow;
        _limiter = options.MaxConcurrency is { } size ? new ConcurrencyLimiter(size, options.MaxWaiting, isShared: true) : null;
        var observer = new BackgroundObserver(application, options.FailureBehavior, logger, lifetime);
        const string Hint = "The application has shut down.";
        TaskGroup node = TaskGroup.Open(
            new TaskGroupOptions
            {
                Name = name,
                FailurePolicy = FailurePolicy.Supervise,
                StragglerAfter = null,
                Observer = observer,
            },
            application.Root,
            hostContext: new HostContext
            {
                Services = services,
                FlowsContext = false,
                Kind = GroupKind.Background,
                CompletedHint = Hint,
            });
        _generations = observer.Generations = new Generations(
            node,
            new HostContext
            {
                Services = services,
                FlowsContext = false,
                Kind = GroupKind.Background,
                CompletedHint = Hint,
                Limiter = _limiter,
                OnPlaceFreed = _limiter is null ? null : _enqueued.Look,
                KeepsStates = options.OnUnfinished is not null,
                ChildEnded = observer.OnChildEnded,
                IsPartOfParent = true,
            });
        Drain = new BackgroundDrain(
            _generations, _enqueued, observer, options, application.Telemetry, application.TimeProvider, logger);
    }

    TaskGroup ITaskGroupWrapper.Group => _generations.Latest;

    public string Name => _generations.Node.Name;

    public CancellationToken CancellationToken => _generations.Epoch.CancellationToken;

    public CancellationToken StoppingToken => _generations.Node.StoppingToken;

    public CancellationReason CancellationReason => _generations.Epoch.CancellationReason;

    public int RunningCount => _generations.Counts.Running;

    public int WaitingCount => _generations.Counts.Waiting;

    /// <summary>What shutdown does to the group. <see cref="BackgroundGroups"/> runs it.</summary>
    public BackgroundDrain Drain { get; }

    /// <summary>The limits of the group; <see langword="null"/> if it has none.</summary>
    public ConcurrencyLimiter? Limiter => _limiter;

    /// <summary>The supervised children whose restart pipeline has given up.</summary>
    public IReadOnlyCollection<string> GivenUp => _givenUp;

    /// <summary>Finds the implementation of a background group.</summary>
    /// <exception cref="ArgumentException"><paramref name="group"/> is another implementation.</exception>
    public static BackgroundTaskGroup From(IBackgroundTaskGroup group) =>
        group as BackgroundTaskGroup ?? throw new ArgumentException(
            $"This needs a background group from dependency injection, not a {group.GetType()}: services.AddTaskGroups().",
            nameof(group));

    public Task Run(Func<CancellationToken, Task> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ChildFlow.Capture(_flow) is { } flow
            ? RunFlowed(new FlowedWork(flow, DisplayName.ForChild(name), work, null), name)
            : Start(name, work, static (group, work, name) => group.Run(work, name));
    }

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ChildFlow.Capture(_flow) is { } flow
            ? RunFlowed(new FlowedWork<TResult>(flow, DisplayName.ForChild(name), work, null), name)
            : Start(name, work, static (group, work, name) => group.Run(work, name));
    }

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ChildFlow.Capture(_flow) is { } flow
            ? RunFlowed(new FlowedWork(flow, DisplayName.ForChild(name), ct => work(state, ct), state), name)
            : Start(name, (work, state), static (group, child, name) => group.Run(child.work, child.state, name));
    }

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ChildFlow.Capture(_flow) is { } flow
            ? RunFlowed(new FlowedWork<TResult>(flow, DisplayName.ForChild(name), ct => work(state, ct), state), name)
            : Start(name, (work, state), static (group, child, name) => group.Run(child.work, child.state, name));
    }

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (Drain.HasBegun)
        {
            _logger.Refused(Name, DisplayName.ForChild(name));
            return false;
        }

        if (!_enqueued.IsEmpty)
        {
            _logger.RefusedByFullGroup(Name, DisplayName.ForChild(name));
            return false;
        }

        return TryRunUnlogged(WithFlow(work, name), name);
    }

    /// <summary>Starts a child that is given its generation: the group that cancels it, and in which its scope is nested.</summary>
    public Task RunIn(Func<TaskGroup, CancellationToken, Task> work, string? name)
    {
        ChildFlow? flow = ChildFlow.Capture(_flow);
        return Start(
            name,
            (work, flow),
            static (group, it, name) =>
            {
                Func<CancellationToken, Task> work = ct => it.work(group, ct);
                return group.Run(it.flow is null ? work : new FlowedWork(it.flow, DisplayName.ForChild(name), work, null).RunAsync, name);
            });
    }

    /// <inheritdoc cref="RunIn(Func{TaskGroup, CancellationToken, Task}, string?)"/>
    public Task<TResult> RunIn<TResult>(Func<TaskGroup, CancellationToken, Task<TResult>> work, string? name)
    {
        ChildFlow? flow = ChildFlow.Capture(_flow);
        return Start(
            name,
            (work, flow),
            static (group, it, name) =>
            {
                Func<CancellationToken, Task<TResult>> work = ct => it.work(group, ct);
                return group.Run(
                    it.flow is null ? work : new FlowedWork<TResult>(it.flow, DisplayName.ForChild(name), work, null).RunAsync, name);
            });
    }

    /// <summary>Starts a child as soon as there is room for it; see <see cref="BackgroundTaskGroupExtensions.EnqueueAsync"/>.</summary>
    public ValueTask EnqueueAsync(Func<CancellationToken, Task> work, string? name, CancellationToken cancellationToken)
    {
        if (Drain.HasBegun)
        {
            throw RefusedByDrain(name);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        Func<CancellationToken, Task> flowed = WithFlow(work, name);
        return _enqueued.AddAsync(() => TryStartEnqueued(flowed, name), () => RefusedByDrain(name), cancellationToken);
    }

    /// <summary>Starts a supervised child; see <see cref="BackgroundTaskGroupExtensions.Supervise"/>.</summary>
    public Task Supervise(ResiliencePipeline restart, Func<TaskGroup, CancellationToken, Task> work, string? name)
    {
        string child = DisplayName.ForChild(name);
        return RunIn((group, ct) => SuperviseAsync(new Supervision(group, restart, work, child, _time, _logger), child, ct), name);
    }

    /// <summary>Starts a periodic child; see <see cref="BackgroundTaskGroupExtensions.RunPeriodic"/>.</summary>
    public Task RunPeriodic(TimeSpan period, Func<CancellationToken, Task> work, bool runAtOnce, string? name) =>
        RunIn(
            (group, ct) => new PeriodicWork(group, period, work, DisplayName.ForChild(name), _time, _logger).RunAsync(runAtOnce, ct), name);

    public void Stop() => _generations.Node.Stop();

    public void Cancel()
    {
        (int running, int waiting) = _generations.Cancel();

        // Shutdown's cancellation is the drain's to report.
        if (running + waiting > 0 && !Drain.HasBegun)
        {
            _logger.BackgroundCanceled(Name, running, waiting);
        }
    }

    public TaskGroupSnapshot GetSnapshot() => _generations.Node.GetSnapshot();

    GroupHold ITaskGroupWrapper.HoldGroup() => new(_generations.Hold(), isHeld: true);

    private Task RunFlowed(FlowedWork flowed, string? name) =>
        Start(
            name,
            flowed,
            static (group, flowed, name) => group.Run(static (flowed, ct) => flowed.RunAsync(ct), flowed, name));

    private Task<TResult> RunFlowed<TResult>(FlowedWork<TResult> flowed, string? name) =>
        Start(
            name,
            flowed,
            static (group, flowed, name) => group.Run(static (flowed, ct) => flowed.RunAsync(ct), flowed, name));

    private Func<CancellationToken, Task> WithFlow(Func<CancellationToken, Task> work, string? name) =>
        ChildFlow.Capture(_flow) is { } flow ? new FlowedWork(flow, DisplayName.ForChild(name), work, null).RunAsync : work;

    /// <summary>Starts a child in the latest generation, unless the drain has begun.</summary>
    private TTask Start<TState, TTask>(string? name, TState state, Func<TaskGroup, TState, string?, TTask> start)
        where TTask : Task
    {
        if (Drain.HasBegun)
        {
            throw RefusedByDrain(name);
        }

        if (!_enqueued.IsEmpty)
        {
            _logger.RefusedByFullGroup(Name, DisplayName.ForChild(name));
            throw new TaskGroupFullException(
                $"The background group '{Name}' is full, so '{DisplayName.ForChild(name)}' was not started: other work waits for room in "
                    + $"{nameof(BackgroundTaskGroupExtensions.EnqueueAsync)}.");
        }

        TaskGroup group = _generations.Hold();
        try
        {
            return start(group, state, name);
        }
        finally
        {
            group.Release();
        }
    }

    private bool TryRunUnlogged(Func<CancellationToken, Task> work, string? name)
    {
        TaskGroup group = _generations.Hold();
        try
        {
            return group.TryRun(work, name);
        }
        finally
        {
            group.Release();
        }
    }

    private bool TryStartEnqueued(Func<CancellationToken, Task> work, string? name)
    {
        while (!Drain.HasBegun)
        {
            if (_limiter is { MaxWaiting: { } most } && _limiter.Counts is var (running, waiting) && running == _limiter.Size
                && waiting >= most)
            {
                return false;
            }

            TaskGroup group = _generations.Hold();
            try
            {
                if (group.TryRun(work, name))
                {
                    return true;
                }

                if (!group.IsEnding)
                {
                    return false;
                }
            }
            finally
            {
                group.Release();
            }

            // The group was canceled at this moment: the next generation takes the work.
        }

        return false;
    }

    private InvalidOperationException RefusedByDrain(string? name)
    {
        string child = DisplayName.ForChild(name);
        _logger.Refused(Name, child);
        return new InvalidOperationException(
            $"The background group '{Name}' is draining: the application shuts down, and the child '{child}' was not started. A running "
                + "child that needs more children opens a nested group with RunGroupAsync; work that must not be lost is saved before it "
                + "is handed over.");
    }

    private async Task SuperviseAsync(Supervision supervision, string child, CancellationToken cancellationToken)
    {
        try
        {
            await supervision.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!StoppingToken.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _givenUp.Enqueue(child);
            throw;
        }
    }
}
