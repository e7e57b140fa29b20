using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// What shutdown does to a background group, once, however many ask for it: let it finish for
/// <see cref="BackgroundTaskGroupOptions.DrainTimeout"/>, cancel it,
/// wait <see cref="BackgroundTaskGroupOptions.CancelTimeout"/>, report who still runs (R33, R34).
/// </summary>
/// <remarks>
/// States: not begun (the group takes children) → begun (it refuses them) → over (survivors, if any, are abandoned).
/// </remarks>
internal sealed class BackgroundDrain(
    TaskGroup group, ApplicationGroups application, BackgroundObserver observer, BackgroundTaskGroupOptions options, ILogger logger)
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    // Read now: options that somebody changes later change nothing.
    private readonly TimeSpan _drainTimeout = options.DrainTimeout;
    private readonly TimeSpan _cancelTimeout = options.CancelTimeout;
    private readonly Func<AbandonedChild, CancellationToken, ValueTask>? _onAbandoned = options.OnAbandoned;
    private readonly TaskCompletionSource _patienceOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hasBegun;

    internal bool HasBegun => Volatile.Read(ref _hasBegun) != 0;

    /// <summary>Begins the drain, or joins the one that has begun.</summary>
    /// <param name="patience">Ends the soft phase when it fires.</param>
    /// <returns>A task that completes when the drain is over, and never fails.</returns>
    internal async Task RunAsync(CancellationToken patience)
    {
        using CancellationTokenRegistration registration = patience.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).TrySetResult(), _patienceOver);
        if (Interlocked.Exchange(ref _hasBegun, 1) == 0)
        {
            await DrainAsync().ConfigureAwait(false);
            _over.SetResult();
        }

        await _over.Task.ConfigureAwait(false);
    }

    private async Task DrainAsync()
    {
        TimeProvider time = application.TimeProvider;
        long begun = time.GetTimestamp();
        int canceledBefore = observer.CanceledCount;
        Log.DrainBegins(logger, group.Name, group.RunningCount, group.WaitingCount);

        // The body of a background group is the application, which has ended now. The outcome is of no interest: under Supervise each
        // failure was logged when it happened.
        Task joined = group.CloseAsync();
        if (!await EndsInTimeAsync(joined, _drainTimeout, _patienceOver.Task).ConfigureAwait(false))
        {
            group.Cancel(CancellationReason.HostStopping);
            // Scopes that background children opened by hand are not nested in this group; requests are over.
            application.Requests.Cancel(CancellationReason.HostStopping);
            await EndsInTimeAsync(joined, _cancelTimeout, Never).ConfigureAwait(false);
        }

        AbandonedChild[] lost = [.. observer.NeverStarted, .. joined.IsCompleted ? [] : Survivors.In(group.GetSnapshot())];
        observer.MarkDrained();
        foreach (AbandonedChild child in lost)
        {
            Log.Lost(logger, child);
        }

        if (lost.Length > 0 && _onAbandoned is { } onAbandoned)
        {
            await TellAsync(lost, onAbandoned).ConfigureAwait(false);
        }

        Log.DrainEnds(
            logger,
            group.Name,
            time.GetElapsedTime(begun),
            canceled: observer.CanceledCount - canceledBefore,
            abandoned: lost.Count(child => child.Started),
            neverStarted: lost.Count(child => !child.Started));
        application.ReportWhoIsLeft();
    }

    private async Task TellAsync(AbandonedChild[] lost, Func<AbandonedChild, CancellationToken, ValueTask> onAbandoned)
    {
        // Not disposed: a late call may still use the token.
        var timeUp = new CancellationTokenSource();
        // On the pool, so that a delegate that blocks does not hold shutdown. What comes before its first await runs one call after the
        // other.
        Task calls = Task.Run(() => Task.WhenAll(lost.Select(child => TellAsync(child)).ToArray()));
        if (!await EndsInTimeAsync(calls, ShutdownBudget.Report, Never).ConfigureAwait(false))
        {
            Log.OnAbandonedLate(logger, group.Name, ShutdownBudget.Report.TotalMilliseconds);
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
                Log.OnAbandonedFailed(logger, child.Group, child.Name, exception);
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
                Log.OnAbandonedFailed(logger, group.Name, "a callback on the token", exception);
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
