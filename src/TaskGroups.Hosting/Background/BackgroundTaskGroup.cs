using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;

namespace TaskGroups.Hosting;

/// <summary>A group nested in the application's root, behind a gate that closes when the drain begins (R35).</summary>
internal sealed class BackgroundTaskGroup : IBackgroundTaskGroup, ITaskGroupWrapper
{
    private readonly ConcurrentQueue<string> _givenUp = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private int _isCanceled; // 1 once that was logged

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
        var observer = new BackgroundObserver(application, options.FailureBehavior, logger, lifetime);
        Group = TaskGroup.Open(
            new TaskGroupOptions
            {
                Name = name,
                FailurePolicy = FailurePolicy.Supervise,
                ChildStart = ChildStart.Queued,
                MaxConcurrency = options.MaxConcurrency,
                MaxWaiting = options.MaxWaiting,
                Observer = observer,
            },
            application.Root,
            origin: new HostContext
            {
                Services = services,
                FlowsContext = false,
                Kind = GroupKind.Background,
                CompletedHint = "The application has shut down.",
            });
        observer.Group = Group;
        Drain = new BackgroundDrain(Group, observer, options, application.TimeProvider, logger);
    }

    public TaskGroup Group { get; }

    public string Name => Group.Name;

    public CancellationToken CancellationToken => Group.CancellationToken;

    public CancellationToken StoppingToken => Group.StoppingToken;

    public CancellationReason CancellationReason => Group.CancellationReason;

    public int RunningCount => Group.RunningCount;

    public int WaitingCount => Group.WaitingCount;

    /// <summary>What shutdown does to the group. <see cref="BackgroundGroups"/> runs it.</summary>
    public BackgroundDrain Drain { get; }

    /// <summary>The supervised children whose restart pipeline has given up.</summary>
    public IReadOnlyCollection<string> GivenUp => _givenUp;

    /// <summary>Finds the implementation of a background group.</summary>
    /// <exception cref="ArgumentException"><paramref name="group"/> is another implementation.</exception>
    public static BackgroundTaskGroup From(IBackgroundTaskGroup group) =>
        group as BackgroundTaskGroup ?? throw new ArgumentException(
            $"Long-lived children need a background group from dependency injection, not a {group.GetType()}: services.AddTaskGroups().",
            nameof(group));

    public Task Run(Func<CancellationToken, Task> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Start(name, work, static (group, work, name) => group.Run(work, name));
    }

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Start(name, work, static (group, work, name) => group.Run(work, name));
    }

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Start(name, (work, state), static (group, child, name) => group.Run(child.work, child.state, name));
    }

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Start(name, (work, state), static (group, child, name) => group.Run(child.work, child.state, name));
    }

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!Drain.HasBegun && Group.TryRun(work, name))
        {
            return true;
        }

        if (Drain.HasBegun)
        {
            _logger.Refused(Name, DisplayName.ForChild(name));
        }
        else
        {
            _logger.RefusedByFullGroup(Name, DisplayName.ForChild(name));
        }

        return false;
    }

    public void Stop() => Group.Stop();

    public void Cancel()
    {
        (int running, int waiting) = Group.Counts;
        Group.Cancel();

        // From here on what the group is given is dropped. Shutdown's cancellation is the drain's to report.
        if (CancellationReason == CancellationReason.Requested && Interlocked.Exchange(ref _isCanceled, 1) == 0)
        {
            _logger.BackgroundCanceled(Name, running, waiting);
        }
    }

    public TaskGroupSnapshot GetSnapshot() => Group.GetSnapshot();

    /// <summary>Starts a supervised child; see <see cref="BackgroundTaskGroupExtensions.Supervise"/>.</summary>
    public Task Supervise(ResiliencePipeline restart, Func<TaskGroup, CancellationToken, Task> work, string? name) =>
        Start(
            name,
            (Owner: this, restart, work),
            static (group, it, name) =>
            {
                string child = DisplayName.ForChild(name);
                var supervision = new Supervision(group, it.restart, it.work, child, it.Owner._time, it.Owner._logger);
                return group.Run(ct => it.Owner.SuperviseAsync(supervision, child, ct), name);
            });

    /// <summary>Starts a periodic child; see <see cref="BackgroundTaskGroupExtensions.RunPeriodic"/>.</summary>
    public Task RunPeriodic(TimeSpan period, Func<CancellationToken, Task> work, bool runAtOnce, string? name) =>
        Start(
            name,
            (Owner: this, period, work, runAtOnce),
            static (group, it, name) =>
            {
                var periodic = new PeriodicWork(
                    group, it.period, it.work, DisplayName.ForChild(name), it.Owner._time, it.Owner._logger);
                return group.Run(ct => periodic.RunAsync(it.runAtOnce, ct), name);
            });

    /// <summary>Starts a child, unless the drain has begun. A child that is refused is logged.</summary>
    /// <typeparam name="TState">The type of what <paramref name="start"/> is given.</typeparam>
    /// <typeparam name="TTask">The type of the child's task.</typeparam>
    /// <param name="name">The child's name.</param>
    /// <param name="state">What <paramref name="start"/> is given.</param>
    /// <param name="start">Starts the child in the group that it is given.</param>
    /// <returns>The child's task.</returns>
    /// <exception cref="InvalidOperationException">The drain has begun.</exception>
    /// <exception cref="TaskGroupFullException">The group takes no more waiting children.</exception>
    public TTask Start<TState, TTask>(string? name, TState state, Func<TaskGroup, TState, string?, TTask> start)
        where TTask : Task
    {
        if (Drain.HasBegun)
        {
            _logger.Refused(Name, DisplayName.ForChild(name));
            throw new InvalidOperationException(
                $"The background group '{Name}' is draining: the application shuts down, and the child "
                    + $"'{DisplayName.ForChild(name)}' was not started. A running child that needs more children opens a nested group with "
                    + "RunGroupAsync; work that must not be lost is saved before it is handed over.");
        }

        try
        {
            return start(Group, state, name);
        }
        catch (TaskGroupFullException)
        {
            _logger.RefusedByFullGroup(Name, DisplayName.ForChild(name));
            throw;
        }
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
