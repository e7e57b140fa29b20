using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// What shutdown does to a background group, once, however many ask for it: let it finish for
/// <see cref="BackgroundTaskGroupOptions.DrainTimeout"/>, cancel it,
/// wait <see cref="BackgroundTaskGroupOptions.CancelTimeout"/>, report who still runs (R33, R34).
/// </summary>
/// <remarks>
/// The state is <see cref="DrainPhase"/>: the first caller moves it out of <see cref="DrainPhase.NotStarted"/>, and that call alone moves
/// it on.
/// </remarks>
internal sealed class BackgroundDrain(
    TaskGroup group, ApplicationGroups application, BackgroundObserver observer, BackgroundTaskGroupOptions options, ILogger logger)
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    // Read now: options that somebody changes later change nothing.
    private readonly TimeSpan _drainTimeout = options.DrainTimeout;
    private readonly TimeSpan _cancelTimeout = options.CancelTimeout;
    private readonly Func<AbandonedChild, CancellationToken, ValueTask>? _onAbandoned = options.OnAbandoned;
    private readonly TaskCompletionSource _softPhaseEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _phase;

    public DrainPhase Phase => (DrainPhase)Volatile.Read(ref _phase);

    public bool HasBegun => Phase != DrainPhase.NotStarted;

    /// <summary>Begins the drain, or joins the one that has begun.</summary>
    /// <param name="softPhaseEnd">Ends the soft phase when it fires.</param>
    /// <returns>A task that completes when the drain is over, and never fails.</returns>
    public async Task RunAsync(CancellationToken softPhaseEnd)
    {
        using CancellationTokenRegistration registration = softPhaseEnd.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).TrySetResult(), _softPhaseEnded);
        if (Interlocked.CompareExchange(ref _phase, (int)DrainPhase.Finishing, (int)DrainPhase.NotStarted) == (int)DrainPhase.NotStarted)
        {
            await DrainAsync().ConfigureAwait(false);
            Enter(DrainPhase.Drained);
            _over.SetResult();
        }

        await _over.Task.ConfigureAwait(false);
    }

    private async Task DrainAsync()
    {
        TimeProvider time = application.TimeProvider;
        long begun = time.GetTimestamp();
        int canceledBefore = observer.CanceledCount;
        logger.DrainBegins(group.Name, group.RunningCount, group.WaitingCount);

        // The body of a background group is the application, which has ended now. The outcome is of no interest: under Supervise each
        // failure was logged when it happened.
        Task joined = group.CloseAsync();
        if (!await EndsInTimeAsync(joined, _drainTimeout, _softPhaseEnded.Task).ConfigureAwait(false))
        {
            Enter(DrainPhase.Canceling);
            group.Cancel(CancellationReason.HostStopping);
            // Scopes that background children opened by hand are not nested in this group; requests are over.
            application.Requests.Cancel(CancellationReason.HostStopping);
            await EndsInTimeAsync(joined, _cancelTimeout, Never).ConfigureAwait(false);
        }

        Enter(DrainPhase.Reporting);
        AbandonedChild[] lost = [.. observer.NeverStarted, .. joined.IsCompleted ? [] : RemainingChildren.In(group.GetSnapshot())];
        observer.MarkDrained();
        foreach (AbandonedChild child in lost)
        {
            logger.Lost(child);
        }

        if (lost.Length > 0 && _onAbandoned is { } onAbandoned)
        {
            await TellAsync(lost, onAbandoned).ConfigureAwait(false);
        }

        logger.DrainEnds(
            group.Name,
            time.GetElapsedTime(begun),
            canceled: observer.CanceledCount - canceledBefore,
            abandoned: lost.Count(child => child.Started),
            neverStarted: lost.Count(child => !child.Started));
        application.LogStillRunning();
    }

    private void Enter(DrainPhase phase) => Volatile.Write(ref _phase, (int)phase);

    private async Task TellAsync(AbandonedChild[] lost, Func<AbandonedChild, CancellationToken, ValueTask> onAbandoned)
    {
        // Not disposed: a late call may still use the token.
        var timeUp = new CancellationTokenSource();
        // On the pool, so that a delegate that blocks does not hold shutdown. What comes before its first await runs one call after the
        // other.
        Task calls = Task.Run(() => Task.WhenAll(lost.Select(child => TellAsync(child)).ToArray()));
        if (!await EndsInTimeAsync(calls, ShutdownBudget.Report, Never).ConfigureAwait(false))
        {
            logger.OnAbandonedLate(group.Name, ShutdownBudget.Report.TotalMilliseconds);
            _ = CancelAsync();
        }

        async Task TellAsync(AbandonedChild child)
        {
            try
            {
                await onAbandoned(child, timeUp.Token).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                logger.OnAbandonedFailed(child.Group, child.Name, exception);
            }
        }

        async Task CancelAsync()
        {
            try
            {
                await timeUp.CancelAsync().ConfigureAwait(false);
            }
            catch (AggregateException exception)
            {
                // A callback that the delegate registered on its token.
                logger.OnAbandonedFailed(group.Name, "a callback on the token", exception);
            }
        }
    }

    private async Task<bool> EndsInTimeAsync(Task joined, TimeSpan limit, Task giveUp)
    {
        if (!joined.IsCompleted && !giveUp.IsCompleted && limit > TimeSpan.Zero)
        {
            using var timerEnd = new CancellationTokenSource();
            await Task.WhenAny(joined, giveUp, Task.Delay(limit, application.TimeProvider, timerEnd.Token)).ConfigureAwait(false);
            await timerEnd.CancelAsync().ConfigureAwait(false);
        }

        return joined.IsCompleted;
    }
}
