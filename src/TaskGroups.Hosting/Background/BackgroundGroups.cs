using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>
/// The background groups of the application. They are opened together, and drained side by side within one budget, once, however many
/// callers ask for the drain (R34).
/// </summary>
internal sealed class BackgroundGroups : IAsyncDisposable, IDisposable
{
    /// <summary>The name of the group that <c>AddTaskGroups</c> adds.</summary>
    public const string DefaultName = "background";

    private const int MaxTreeEntries = 1_000;

    private readonly ApplicationGroups _application;
    private readonly SafeLogger _logger;
    private readonly ProcessSnapshotBuilder _snapshots;
    private readonly TaskCompletionSource _softPhaseEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isDraining;        // 1 once a caller has begun the drain
    private int _softPhases;        // groups whose soft phase is not over
    private int _hasCanceled;       // 1 once a group had to cancel children

    public BackgroundGroups(
        ApplicationGroups application,
        GroupServices services,
        IEnumerable<BackgroundGroupRegistration> registrations,
        IOptionsMonitor<BackgroundTaskGroupOptions> options,
        ProcessSnapshotBuilder snapshots,
        ILogger<BackgroundTaskGroup> logger,
        IHostApplicationLifetime? lifetime = null)
    {
        _application = application;
        _snapshots = snapshots;
        _logger = new SafeLogger(logger);
        All =
        [
            .. registrations.Select(each => each.Name).Prepend(DefaultName).Distinct(StringComparer.Ordinal).Select(
                name => new BackgroundTaskGroup(name, options.Get(OptionsNameOf(name)), application, services, _logger, lifetime)),
        ];
        _softPhases = All.Count;
    }

    /// <summary>Every group, the default one first.</summary>
    public IReadOnlyList<BackgroundTaskGroup> All { get; }

    /// <summary>The group that <c>AddTaskGroups</c> adds.</summary>
    public BackgroundTaskGroup Default => All[0];

    /// <summary>The group whose drain can take longest, which decides how long the drain of all can take.</summary>
    public BackgroundTaskGroup Longest => All.MaxBy(group => group.Drain.Budget)!;

    /// <summary>Gives the name of the options of a group.</summary>
    public static string OptionsNameOf(string group) => group == DefaultName ? Options.DefaultName : group;

    /// <summary>Finds a group by its name.</summary>
    /// <exception cref="InvalidOperationException">No group of this name was added.</exception>
    public BackgroundTaskGroup Find(object? name)
    {
        if (All.FirstOrDefault(group => group.Name.Equals(name)) is { } found)
        {
            return found;
        }

        string asked = DisplayName.ForGroup(name?.ToString());
        string known = string.Join(", ", All.Select(group => $"'{group.Name}'"));
        throw new InvalidOperationException(
            $"There is no background group '{asked}'. The known ones are {known}. Names are case-sensitive. "
                + $"Add the group: services.AddBackgroundTaskGroup(\"{asked}\").");
    }

    /// <summary>Begins the drain of every group, or joins the one that has begun.</summary>
    /// <param name="softPhaseEnd">Ends the soft phase when it fires.</param>
    /// <returns>A task that completes when the drain is over, and never fails.</returns>
    public async Task DrainAsync(CancellationToken softPhaseEnd)
    {
        using CancellationTokenRegistration registration = softPhaseEnd.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).TrySetResult(), _softPhaseEnd);
        if (Interlocked.Exchange(ref _isDraining, 1) == 0)
        {
            await DrainAllAsync().ConfigureAwait(false);
            _drained.SetResult();
        }

        await _drained.Task.ConfigureAwait(false);
    }

    // After a normal stop the drain is over. Otherwise the host was not stopped: no soft phase, at most the longest CancelTimeout.
    public async ValueTask DisposeAsync() => await DrainAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    public void Dispose() => DrainAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();

    private async Task DrainAllAsync()
    {
        Task producers = RunAsync(All.Where(group => group.Drain.Engine is null), Task.CompletedTask);
        Task drains = Task.WhenAll(producers, RunAsync(All.Where(group => group.Drain.Engine is not null), producers));
        if (!drains.IsCompleted)
        {
            await ShutdownProgress.SayAsync(drains, _application.TimeProvider, LogProgress).ConfigureAwait(false);
        }

        await drains.ConfigureAwait(false);
        _application.LogStillRunning();
        LogTree();
    }

    private Task RunAsync(IEnumerable<BackgroundTaskGroup> groups, Task producers) =>
        Task.WhenAll(groups.Select(group => group.Drain.RunAsync(producers, _softPhaseEnd.Task, OnSoftPhaseEnded)).ToArray());

    private void LogTree()
    {
        ProcessSnapshot left = _snapshots.Take(MaxTreeEntries).WithoutIdleGroups();
        if (left.Children.Count > 0)
        {
            _logger.StillRunningTree(Environment.NewLine, TreeText.Write(left));
        }
    }

    // Scopes that background children opened by hand are not nested in a background group. They are canceled when no group waits for
    // its children to finish any more; requests are over.
    private void OnSoftPhaseEnded(bool hasCanceled)
    {
        if (hasCanceled)
        {
            Volatile.Write(ref _hasCanceled, 1);
        }

        if (Interlocked.Decrement(ref _softPhases) == 0 && Volatile.Read(ref _hasCanceled) != 0)
        {
            _application.Requests.Cancel(CancellationReason.HostStopping);
        }
    }

    private void LogProgress(TimeSpan elapsed)
    {
        UnfinishedChild[] left =
        [
            .. All.Where(group => group.Drain.Phase is DrainPhase.Finishing or DrainPhase.Canceling)
                .SelectMany(group => RemainingChildren.In(group.GetSnapshot())),
        ];
        if (left.Length > 0)
        {
            int waiting = left.Count(child => child.Reason == UnfinishedReason.NeverStarted);
            _logger.DrainProgress(
                elapsed.TotalSeconds,
                left.Length - waiting,
                waiting,
                ShutdownProgress.NameOldest(left.Select(child => ($"'{child.Name}' of '{child.Group}'", child.Elapsed))));
        }
    }
}
