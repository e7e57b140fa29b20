using System.Collections.Concurrent;

namespace TaskGroups.Hosting;

/// <summary>
/// Bounds how many names of groups there are in metrics. Names come from code, but for requests without a route pattern, whose path a
/// client chooses: each name is a time series for as long as the process lives. Thread-safe.
/// </summary>
internal sealed class NameBound
{
    /// <summary>Stands for the names that are too many.</summary>
    public const string Other = "_OTHER";

    /// <summary>How many names are told apart.</summary>
    public const int MaxNames = 1_000;

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _count;

    public string Of(string name)
    {
        if (_known.TryGetValue(name, out string? known))
        {
            return known;
        }

        // A name that was over the bound stays over it: what was counted under one word is taken back under the same.
        if (Volatile.Read(ref _count) >= MaxNames || Interlocked.Increment(ref _count) > MaxNames)
        {
            return Other;
        }

        return _known.GetOrAdd(name, name);
    }
}
