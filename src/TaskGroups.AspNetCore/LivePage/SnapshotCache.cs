using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Takes one snapshot per refresh interval, however many viewers ask.</summary>
/// <remarks>Thread-safe. Asking is counted in reads, not in snapshots: a snapshot walks every live group of the process.</remarks>
internal sealed class SnapshotCache(
    ProcessSnapshotBuilder builder,
    ApplicationGroups application,
    IHostApplicationLifetime lifetime,
    IOptions<TaskGroupsPageOptions> options)
{
    /// <summary>How old a snapshot may be while the application stops: a stream ends by what it sees in one.</summary>
    public static readonly TimeSpan WhileStopping = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private Cached? _cached;

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    private TimeSpan MostAge => IsStopping ? WhileStopping : options.Value.RefreshInterval;

    /// <summary>When there will be a newer one: all viewers wake up for the same snapshot, and none gets it twice.</summary>
    public TimeSpan TimeToNext(Cached snapshot)
    {
        TimeSpan left = MostAge - application.TimeProvider.GetElapsedTime(snapshot.TakenAt);
        return left > Least ? left : Least;
    }

    public Cached Get()
    {
        lock (_lock)
        {
            if (_cached is { } cached
                && cached.Snapshot.IsDraining == IsStopping
                && application.TimeProvider.GetElapsedTime(cached.TakenAt) < MostAge)
            {
                return cached;
            }

            // No user code runs under the lock: the walk copies names and times (R25).
            ProcessSnapshot snapshot = builder.Take(options.Value.MaxEntries);
            return _cached = new Cached(snapshot, application.TimeProvider.GetTimestamp());
        }
    }

    internal sealed class Cached(ProcessSnapshot snapshot, long takenAt)
    {
        private byte[]? _json;

        public ProcessSnapshot Snapshot => snapshot;

        public long TakenAt => takenAt;

        /// <summary>The snapshot as JSON. Two threads may write it at once, with the same result.</summary>
        public byte[] Json => _json ??= JsonSerializer.SerializeToUtf8Bytes(snapshot, LivePageJson.Default.ProcessSnapshot);
    }
}
