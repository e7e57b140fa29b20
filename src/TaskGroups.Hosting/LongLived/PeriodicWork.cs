using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>The life of one periodic child: turn after turn, until the group is stopped or canceled.</summary>
internal sealed class PeriodicWork(
    TaskGroup group, TimeSpan period, Func<CancellationToken, Task> work, string child, TimeProvider time, ILogger logger)
{
    /// <summary>Takes turns.</summary>
    /// <param name="runAtOnce">Whether the first turn comes at once.</param>
    /// <param name="cancellationToken">The token of the child.</param>
    public async Task RunAsync(bool runAtOnce, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(period, time);
        bool isDue = runAtOnce;
        while (isDue || await IsNextDueAsync(timer, cancellationToken).ConfigureAwait(false))
        {
            isDue = false;
            await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // The stopping token fires at the latest with the token of the child.
    private async Task<bool> IsNextDueAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(group.StoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (group.StoppingToken.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        try
        {
            // A source of its own: what the work leaves registered on its token goes with the turn.
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await TaskGroupHostingExtensions.NotNull(work(turn.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (group.StoppingToken.IsCancellationRequested)
        {
            // The turn ended early because the group was stopped (R11).
        }
        catch (Exception exception)
        {
            logger.PeriodicTurnFailed(group.Name, child, time.GetElapsedTime(begun).TotalMilliseconds, exception);
        }
    }
}
