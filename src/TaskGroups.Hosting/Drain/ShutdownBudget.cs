using Microsoft.Extensions.Hosting;

namespace TaskGroups.Hosting;

/// <summary>How <c>HostOptions.ShutdownTimeout</c> is shared: requests first, then the drain's two phases, then the report (R34).</summary>
internal static class ShutdownBudget
{
    /// <summary>The time kept for the report and for <see cref="BackgroundTaskGroupOptions.OnAbandoned"/>.</summary>
    public static TimeSpan Report { get; } = TimeSpan.FromSeconds(1);

    /// <summary>What the drain can take at most.</summary>
    public static TimeSpan ForDrain(BackgroundTaskGroupOptions background) => background.DrainTimeout + background.CancelTimeout + Report;

    /// <summary>What the drain leaves to requests; zero if nothing, infinite if the host's timeout is.</summary>
    public static TimeSpan ForRequests(HostOptions host, BackgroundTaskGroupOptions background)
    {
        if (host.ShutdownTimeout == Timeout.InfiniteTimeSpan)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan rest = host.ShutdownTimeout - ForDrain(background);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    /// <summary>Whether the drain has its time even if requests take none.</summary>
    public static bool Fits(HostOptions host, BackgroundTaskGroupOptions background) =>
        host.ShutdownTimeout == Timeout.InfiniteTimeSpan || ForDrain(background) <= host.ShutdownTimeout;
}
