using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>A facade over the generations of one background group (R47). <see cref="BackgroundAdmission"/> starts its children.</summary>
internal sealed class BackgroundTaskGroup : IBackgroundTaskGroup, ITaskGroupWrapper
{
    private readonly Generations _generations;
    private readonly BackgroundAdmission _admission;
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
        var enqueued = new EnqueuedWork();
        Limiter = options.MaxConcurrency is { } size ? new ConcurrencyLimiter(size, options.MaxWaiting, isShared: true) : null;
        var observer = new BackgroundObserver(options.FailureBehavior, logger, application.NestedFailures, lifetime);
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
        application.DrainBudgets[node] = new DrainBudget(options.DrainTimeout, options.CancelTimeout);
        _generations = observer.Generations = new Generations(
            node,
            new HostContext
            {
                Services = services,
                FlowsContext = false,
                Kind = GroupKind.Background,
                CompletedHint = Hint,
                Limiter = Limiter,
                OnPlaceFreed = Limiter is null ? null : enqueued.Look,
                KeepsStates = options.OnUnfinished is not null,
                ChildCutShort = observer.OnChildCutShort,
                CountsNestedAsChildren = true,
                IsPartOfParent = true,
            },
            application.Telemetry);
        Drain = new BackgroundDrain(
            _generations, enqueued, observer, options, application.Telemetry, application.TimeProvider, logger);
        _admission = new BackgroundAdmission(_generations, Drain, enqueued, Limiter, application.Telemetry, logger);
    }

    TaskGroup ITaskGroupWrapper.Group => _generations.Latest;

    public string Name => _generations.Node.Name;

    /// <summary>The group around all that runs in this one.</summary>
    public TaskGroup Node => _generations.Node;

    public CancellationToken CancellationToken => _generations.Epoch.CancellationToken;

    public CancellationToken StoppingToken => _generations.Node.StoppingToken;

    public CancellationReason CancellationReason => _generations.Epoch.CancellationReason;

    public TimeSpan? RemainingTime => _generations.Latest.RemainingTime;

    public int RunningCount => _generations.Counts.Running;

    public int WaitingCount => _generations.Counts.Waiting;

    /// <summary>What shutdown does to the group. <see cref="BackgroundGroups"/> runs it.</summary>
    public BackgroundDrain Drain { get; }

    /// <summary>The limits of the group; <see langword="null"/> if it has none.</summary>
    public ConcurrencyLimiter? Limiter { get; }

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
            ? RunFlowed(new FlowedWork(flow, work, null), name)
            : _admission.Start(name, work, static (group, work, name) => group.Run(work, name));
    }

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ChildFlow.Capture(_flow) is { } flow
            ? RunFlowed(new FlowedWork<TResult>(flow, work, null), name)
            : _admission.Start(name, work, static (group, work, name) => group.Run(work, name));
    }

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ChildFlow.Capture(_flow) is { } flow
            ? RunFlowed(new FlowedWork(flow, ct => work(state, ct), state), name)
            : _admission.Start(name, (work, state), static (group, child, name) => group.Run(child.work, child.state, name));
    }

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ChildFlow.Capture(_flow) is { } flow
            ? RunFlowed(new FlowedWork<TResult>(flow, ct => work(state, ct), state), name)
            : _admission.Start(name, (work, state), static (group, child, name) => group.Run(child.work, child.state, name));
    }

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return _admission.TryStart(WithFlow(work), name);
    }

    /// <summary>Starts a child that is given its generation: the group that cancels it, and in which its scope is nested.</summary>
    public Task RunIn(Func<TaskGroup, CancellationToken, Task> work, string? name)
    {
        ChildFlow? flow = ChildFlow.Capture(_flow);
        return _admission.Start(
            name,
            (work, flow),
            static (group, it, name) =>
            {
                Func<CancellationToken, Task> work = ct => it.work(group, ct);
                return group.Run(it.flow is null ? work : new FlowedWork(it.flow, work, null).RunAsync, name);
            });
    }

    /// <inheritdoc cref="RunIn(Func{TaskGroup, CancellationToken, Task}, string?)"/>
    public Task<TResult> RunIn<TResult>(Func<TaskGroup, CancellationToken, Task<TResult>> work, string? name)
    {
        ChildFlow? flow = ChildFlow.Capture(_flow);
        return _admission.Start(
            name,
            (work, flow),
            static (group, it, name) =>
            {
                Func<CancellationToken, Task<TResult>> work = ct => it.work(group, ct);
                return group.Run(it.flow is null ? work : new FlowedWork<TResult>(it.flow, work, null).RunAsync, name);
            });
    }

    /// <summary>
    /// Starts a child also while the drain runs: work that an engine of jobs took before, or that was enqueued meanwhile. Nothing of the
    /// caller travels to it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The drain is over.</exception>
    public Task RunJob(Func<TaskGroup, CancellationToken, Task> work, IResumedWork state, string name) =>
        _admission.StartJob(work, state, name);

    /// <summary>Starts a child as soon as there is room for it; see <see cref="BackgroundTaskGroupExtensions.EnqueueAsync"/>.</summary>
    public ValueTask EnqueueAsync(Func<CancellationToken, Task> work, string? name, CancellationToken cancellationToken) =>
        _admission.EnqueueAsync(WithFlow(work), name, cancellationToken);

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
        _admission.Start(
            name,
            flowed,
            static (group, flowed, name) => group.Run(static (flowed, ct) => flowed.RunAsync(ct), flowed, name));

    private Task<TResult> RunFlowed<TResult>(FlowedWork<TResult> flowed, string? name) =>
        _admission.Start(
            name,
            flowed,
            static (group, flowed, name) => group.Run(static (flowed, ct) => flowed.RunAsync(ct), flowed, name));

    private Func<CancellationToken, Task> WithFlow(Func<CancellationToken, Task> work) =>
        ChildFlow.Capture(_flow) is { } flow ? new FlowedWork(flow, work, null).RunAsync : work;

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
