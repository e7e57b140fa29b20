using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// Logs what a drain cut short, and hands each child to <see cref="BackgroundTaskGroupOptions.OnUnfinished"/>, within a budget.
/// </summary>
internal sealed class UnfinishedReport(
    string group, Func<UnfinishedChild, CancellationToken, ValueTask>? onUnfinished, TimeProvider time, ILogger logger)
{
    /// <summary>How many canceled children have a log line of their own.</summary>
    public const int MaxCanceledLines = 20;

    private int _toldCount;

    /// <summary>Logs the children, and hands them to the application.</summary>
    /// <returns>A task that completes when every child has been handed over, or when the budget is used up. It never fails.</returns>
    public async Task WriteAsync(IReadOnlyList<UnfinishedChild> children)
    {
        Log(children);
        if (children.Count == 0 || onUnfinished is not { } handler)
        {
            return;
        }

        // Not disposed: a late call may still use the token.
        var timeUp = new CancellationTokenSource();
        TimeSpan budget = ShutdownBudget.ForReport(children.Count);

        // On the pool, so that a delegate that blocks does not hold shutdown. What comes before its first await runs one call after the
        // other.
        Task calls = Task.Run(() => Task.WhenAll(children.Select(child => HandOverAsync(child, handler, timeUp.Token)).ToArray()));
        if (!await Deadline.EndsInTimeAsync(calls, budget, Never, time).ConfigureAwait(false))
        {
            logger.OnUnfinishedLate(group, budget.TotalMilliseconds, children.Count - Volatile.Read(ref _toldCount), children.Count);
            _ = CancelAsync(timeUp);
        }
    }

    /// <summary>A task that does not end: a wait without an early end.</summary>
    public static Task Never { get; } = new TaskCompletionSource().Task;

    private void Log(IReadOnlyList<UnfinishedChild> children)
    {
        int canceled = 0;
        foreach (UnfinishedChild child in children)
        {
            switch (child.Reason)
            {
                case not UnfinishedReason.StillRunning when child.WillBeResumed:
                    break; // nothing is lost: the engine logs what it hands back
                case UnfinishedReason.NeverStarted:
                    logger.NeverStarted(child.Group, child.Name, child.Elapsed.TotalMilliseconds);
                    break;
                case UnfinishedReason.StillRunning:
                    logger.StillRunning(child.Group, child.Name, child.Elapsed.TotalMilliseconds);
                    break;
                case UnfinishedReason.Canceled when ++canceled <= MaxCanceledLines:
                    logger.CanceledByDrain(child.Group, child.Name, child.Elapsed.TotalMilliseconds);
                    break;
            }
        }

        if (canceled > MaxCanceledLines)
        {
            logger.MoreCanceledByDrain(group, canceled - MaxCanceledLines);
        }
    }

    private async Task HandOverAsync(
        UnfinishedChild child, Func<UnfinishedChild, CancellationToken, ValueTask> handler, CancellationToken timeUp)
    {
        try
        {
            await handler(child, timeUp).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            logger.OnUnfinishedFailed(child.Group, child.Name, exception);
        }

        Interlocked.Increment(ref _toldCount);
    }

    private async Task CancelAsync(CancellationTokenSource timeUp)
    {
        try
        {
            await timeUp.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            // A callback that the delegate registered on its token.
            logger.OnUnfinishedFailed(group, "a callback on the token", exception);
        }
    }
}
