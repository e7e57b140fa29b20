using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

/// <summary>
/// Logs that a group ended well though a group nested in it failed: one line per group name and minute, since code may mean it (R48).
/// Thread-safe.
/// </summary>
internal sealed class NestedFailureLog(TimeProvider time)
{
    private const int MaxNames = 1_000; // names may be made up at run time

    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Outer, string Nested), long> _written = [];

    public void Write(ILogger logger, string outer, string nested, Exception failure)
    {
        if (IsDue((outer, nested), time.GetTimestamp(), time.TimestampFrequency))
        {
            logger.EndedWellDespite(outer, nested, failure.GetType().ToString());
        }
    }

    private bool IsDue((string, string) names, long now, long frequency)
    {
        lock (_lock)
        {
            if (_written.TryGetValue(names, out long last))
            {
                if (!IsPast(last))
                {
                    return false;
                }
            }
            else if (_written.Count == MaxNames && !TryMakeRoom())
            {
                return false;
            }

            _written[names] = now;
            return true;
        }

        bool IsPast(long moment) => now - moment >= Silence.TotalSeconds * frequency;

        bool TryMakeRoom()
        {
            foreach (((string, string) silent, long since) in _written)
            {
                if (IsPast(since))
                {
                    _written.Remove(silent);
                }
            }

            return _written.Count < MaxNames;
        }
    }
}
