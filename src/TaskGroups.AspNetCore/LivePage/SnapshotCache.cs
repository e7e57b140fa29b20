using System.Text.Json;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Takes one snapshot per refresh interval, however many viewers ask.</summary>
/// <remarks>Thread-safe. Asking is counted in reads, not in snapshots: a snapshot walks every live group of the process.</remarks>
internal sealed class SnapshotCache(ProcessSnapshotBuilder builder, ApplicationGroups application, IOptions<TaskGroupsPageOptions> options)
{
    private readonly Lock _lock = new();
    private Cached? _cached;

    public Cached Get()
    {
        lock (_lock)
        {
            if (_cached is { } cached && application.TimeProvider.GetElapsedTime(cached.TakenAt) < options.Value.RefreshInterval)
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
