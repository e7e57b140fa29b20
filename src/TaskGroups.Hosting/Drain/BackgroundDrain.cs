using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// What shutdown does to one background group: let it finish for <see cref="BackgroundTaskGroupOptions.DrainTimeout"/>, cancel it, wait
/// <see cref="BackgroundTaskGroupOptions.CancelTimeout"/>, report what is unfinished (R33, R34).
/// </summary>
/// <remarks>The state is <see cref="DrainPhase"/>. <see cref="BackgroundGroups"/> runs the drain, once.</remarks>
internal sealed class BackgroundDrain(
    Generations generations,
    EnqueuedWork enqueued,
    BackgroundObserver observer,
    BackgroundTaskGroupOptions options,
    TelemetryObserver telemetry,
    TimeProvider time,
    ILogger logger)
{
    // Read now: options that change later change nothing.
    private readonly TimeSpan _drainTimeout = options.DrainTimeout;
    private readonly TimeSpan _cancelTimeout = options.CancelTimeout;
    private readonly UnfinishedReport _report = new(generations.Node.Name, options.OnUnfinished, time, logger);
    private int _phase;

    public DrainPhase Phase => (DrainPhase)Volatile.Read(ref _phase);

    /// <summary>
    /// What the drain waits for beside the children, from its beginning: an engine that stores what became of its jobs. It is given a task
    /// that completes when the other groups are drained, and the token of the hard phase. Its task does not fail.
    /// </summary>
    public Func<Task, CancellationToken, Task>? Engine { get; set; }

    public bool HasBegun => Phase != DrainPhase.NotStarted;

    /// <summary>The budget that the drain was planned with: the two phases, and the report of a few children.</summary>
    public TimeSpan Budget => _drainTimeout + _cancelTimeout + ShutdownBudget.Report;

    public TimeSpan DrainTimeout => _drainTimeout;

    public TimeSpan CancelTimeout => _cancelTimeout;

    /// <summary>Adds work to the report that no child stands for: a job that waits for its time, or that the group refused.</summary>
    public void Report(UnfinishedChild child) => observer.Add(child);

    /// <summary>Drains the group. To be called once.</summary>
    /// <param name="producers">Completes when the groups are drained whose children may give this one's engine work. Never fails.</param>
    /// <param name="softPhaseEnd">Ends the soft phase when it completes.</param>
    /// <param name="onSoftPhaseEnded">Called when the soft phase is over, with whether children had to be canceled.</param>
    /// <returns>A task that completes when the drain is over, and never fails.</returns>
    public async Task RunAsync(Task producers, Task softPhaseEnd, Action<bool> onSoftPhaseEnded)
    {
        Enter(DrainPhase.Finishing);
        enqueued.Close();
        long begun = time.GetTimestamp();
        (int running, int waiting) = generations.Counts;
        logger.DrainBegins(generations.Node.Name, running, waiting);

        // The body of a background group is the application, which has ended now. The outcome is of no interest: under Supervise each
        // failure was logged when it happened.
        Task engine = Engine?.Invoke(producers, generations.Node.CancellationToken) ?? Task.CompletedTask;
        Task joined = Task.WhenAll(generations.CloseAsync(), engine);
        bool hasFinished = await Deadline.EndsInTimeAsync(joined, _drainTimeout, softPhaseEnd, time).ConfigureAwait(false);
        bool hasCanceled = false;
        if (!hasFinished)
        {
            hasCanceled = generations.Counts is not (0, 0); // or an engine alone is waited for
            Enter(DrainPhase.Canceling);
            generations.Node.Cancel(CancellationReason.HostStopping);
        }

        onSoftPhaseEnded(hasCanceled);
        if (!hasFinished)
        {
            await Deadline.EndsInTimeAsync(joined, _cancelTimeout, UnfinishedReport.Never, time).ConfigureAwait(false);
        }

        Enter(DrainPhase.Reporting);
        IReadOnlyList<UnfinishedChild> unfinished = Collect(isJoined: joined.IsCompleted);
        await _report.WriteAsync(unfinished).ConfigureAwait(false);
        TimeSpan elapsed = time.GetElapsedTime(begun);
        telemetry.OnDrained(generations.Node, elapsed, unfinished.Count(child => child.Reason == UnfinishedReason.StillRunning));
        logger.DrainEnds(generations.Node.Name, elapsed, unfinished.CountBy(child => child.Reason).ToDictionary());
        Enter(DrainPhase.Drained);
    }

    // A child that ends while this method looks around is in the snapshot and among those that ended: it is listed once, as ended.
    private List<UnfinishedChild> Collect(bool isJoined)
    {
        int endedBefore = observer.Unfinished.Count;
        UnfinishedChild[] remaining =
            isJoined ? [] : [.. RemainingChildren.In(generations.Node.GetSnapshot(), generations.GetStates())];
        observer.MarkDrained();
        List<UnfinishedChild> ended = [.. observer.Unfinished];
        return [.. ended, .. RemainingChildren.Without(ended.Skip(endedBefore), remaining)];
    }

    private void Enter(DrainPhase phase) => Volatile.Write(ref _phase, (int)phase);
}
