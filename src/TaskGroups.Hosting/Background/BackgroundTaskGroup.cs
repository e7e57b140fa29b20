using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>A group nested in the application's root, behind a gate that closes when the drain begins (R35).</summary>
internal sealed class BackgroundTaskGroup : IBackgroundTaskGroup, ITaskGroupWrapper, IAsyncDisposable, IDisposable
{
    private readonly SafeLogger _logger;
    private readonly BackgroundDrain _drain;
    private int _isCanceled; // 1 once that was logged

    public BackgroundTaskGroup(
        ApplicationGroups application,
        GroupServices services,
        IOptions<BackgroundTaskGroupOptions> options,
        ILogger<BackgroundTaskGroup> logger,
        IHostApplicationLifetime? lifetime = null)
    {
        BackgroundTaskGroupOptions settings = options.Value;
        _logger = new SafeLogger(logger);
        var observer = new BackgroundObserver(application, settings.FailureBehavior, _logger, lifetime);
        Group = TaskGroup.Open(
            new TaskGroupOptions
            {
                Name = "background",
                FailurePolicy = FailurePolicy.Supervise,
                ChildStart = ChildStart.Queued,
                MaxConcurrency = settings.MaxConcurrency,
                MaxWaiting = settings.MaxWaiting,
                Observer = observer,
            },
            application.Root,
            origin: new GroupOrigin
            {
                Services = services,
                FlowsContext = false,
                ClosedHint = "The application has shut down.",
            });
        observer.Group = Group;
        _drain = new BackgroundDrain(Group, application, observer, settings, _logger);
    }

    public TaskGroup Group { get; }

    public string Name => Group.Name;

    public CancellationToken CancellationToken => Group.CancellationToken;

    public CancellationToken StoppingToken => Group.StoppingToken;

    public CancellationReason CancellationReason => Group.CancellationReason;

    public int RunningCount => Group.RunningCount;

    public int WaitingCount => Group.WaitingCount;

    public Task Run(Func<CancellationToken, Task> work, string? name = null) => Gate(work, name).Run(work, name);

    public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) => Gate(work, name).Run(work, name);

    public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) =>
        Gate(work, name).Run(work, state, name);

    public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
        Gate(work, name).Run(work, state, name);

    public bool TryRun(Func<CancellationToken, Task> work, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!_drain.HasBegun && Group.TryRun(work, name))
        {
            return true;
        }

        if (_drain.HasBegun)
        {
            _logger.Refused(Name, Names.OfChild(name));
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

    /// <summary>Drains the group; see <see cref="BackgroundDrain"/>.</summary>
    public Task DrainAsync(CancellationToken softPhaseEnd) => _drain.RunAsync(softPhaseEnd);

    // After a normal stop the drain is over. Otherwise nobody stopped the host: no soft phase, at most CancelTimeout.
    public async ValueTask DisposeAsync() => await DrainAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    public void Dispose() => DrainAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();

    private TaskGroup Gate(Delegate work, string? name)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (_drain.HasBegun)
        {
            _logger.Refused(Name, Names.OfChild(name));
            throw new InvalidOperationException(
                $"The background group '{Name}' is draining: the application shuts down, and the child '{Names.OfChild(name)}' was not "
                    + $"started. A running child " +
                "that needs more children opens a nested group with RunGroupAsync; work that must not be lost is saved before it is "
                + "handed over.");
        }

        return Group;
    }
}
