namespace TaskGroups.Hosting;

/// <summary>
/// The budgets of a shutdown: they end by the application's clock or by real time, whichever comes first (R44). A clock that stands
/// still does not keep a process from ending.
/// </summary>
internal static class Deadline
{
    /// <summary>Waits for <paramref name="work"/>, but no longer than <paramref name="limit"/>.</summary>
    /// <param name="work">What is waited for.</param>
    /// <param name="limit">The budget.</param>
    /// <param name="giveUp">Ends the wait early when it completes.</param>
    /// <param name="time">The application's clock.</param>
    /// <returns>Whether <paramref name="work"/> has completed.</returns>
    public static async Task<bool> EndsInTimeAsync(Task work, TimeSpan limit, Task giveUp, TimeProvider time)
    {
        if (!work.IsCompleted && !giveUp.IsCompleted && limit > TimeSpan.Zero)
        {
            using var timersEnd = new CancellationTokenSource();
            Task realTime = Task.Delay(limit, TimeProvider.System, timersEnd.Token);
            Task clock = time == TimeProvider.System ? realTime : Task.Delay(limit, time, timersEnd.Token);
            await Task.WhenAny(work, giveUp, clock, realTime).ConfigureAwait(false);
            await timersEnd.CancelAsync().ConfigureAwait(false);
        }

        return work.IsCompleted;
    }
}
