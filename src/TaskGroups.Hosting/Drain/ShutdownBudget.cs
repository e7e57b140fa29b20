using Microsoft.Extensions.Hosting;

namespace TaskGroups.Hosting;

/// <summary>How <c>HostOptions.ShutdownTimeout</c> is shared: requests first, then the drain's two phases, then the report (R34).</summary>
internal static class ShutdownBudget
{
    /// <summary>The time kept for the report and for <see cref="BackgroundTaskGroupOptions.OnUnfinished"/>.</summary>
    public static TimeSpan Report { get; } = TimeSpan.FromSeconds(1);

    /// <summary>What the report of so many children can take at most: many children need more than a few.</summary>
    public static TimeSpan ForReport(int children) => Report + (children * TimeSpan.FromMicroseconds(10));

    /// <summary>What a drain leaves to requests; zero if nothing, infinite if the host's timeout is.</summary>
    public static TimeSpan ForRequests(HostOptions host, TimeSpan drain)
    {
        if (host.ShutdownTimeout == Timeout.InfiniteTimeSpan)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan rest = host.ShutdownTimeout - drain;
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    /// <summary>
    /// What requests have when no background work runs as the stop begins: a timeout that the drain would use up leaves them the time
    /// that it does not need, so that they are not cut off at once.
    /// </summary>
    /// <param name="host">The options of the host.</param>
    /// <param name="drain">The budget of the drain.</param>
    /// <param name="cancelTimeout">The longest <see cref="BackgroundTaskGroupOptions.CancelTimeout"/>.</param>
    public static TimeSpan ForRequestsAlone(HostOptions host, TimeSpan drain, TimeSpan cancelTimeout)
    {
        TimeSpan rest = ForRequests(host, drain);
        return rest == TimeSpan.Zero ? ForRequests(host, cancelTimeout + Report) : rest;
    }

    /// <summary>Whether a drain has its time even if requests take none.</summary>
    public static bool Fits(HostOptions host, TimeSpan drain) =>
        host.ShutdownTimeout == Timeout.InfiniteTimeSpan || drain <= host.ShutdownTimeout;
}
