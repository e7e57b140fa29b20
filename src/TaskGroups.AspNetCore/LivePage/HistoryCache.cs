using System.Text.Json;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Writes the history as JSON once per refresh interval, however many viewers ask: it may hold thousands of children.</summary>
/// <remarks>Thread-safe. A history in which nothing has ended since is not written again.</remarks>
internal sealed class HistoryCache(GroupHistory history, ApplicationGroups application, IOptions<TaskGroupsPageOptions> options)
{
    private readonly Lock _lock = new();
    private Cached? _cached;

    public byte[] GetJson()
    {
        Cached cached;
        lock (_lock)
        {
            if (_cached is null
                || (_cached.View.Count != history.Count
                    && application.TimeProvider.GetElapsedTime(_cached.TakenAt) >= options.Value.RefreshInterval))
            {
                _cached = new Cached(history.Read(), application.TimeProvider.GetTimestamp());
            }

            cached = _cached;
        }

        return cached.Json;
    }

    private sealed class Cached(HistoryView view, long takenAt)
    {
        private byte[]? _json;

        public HistoryView View => view;

        public long TakenAt => takenAt;

        /// <summary>The history as JSON. Two threads may write it at once, with the same result.</summary>
        public byte[] Json => _json ??= JsonSerializer.SerializeToUtf8Bytes(view, LivePageJson.Default.HistoryView);
    }
}
