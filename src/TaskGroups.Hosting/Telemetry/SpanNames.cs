using System.Collections.Concurrent;

namespace TaskGroups.Hosting;

/// <summary>The names of spans, kept: a name of code costs a string once, not once a request.</summary>
/// <param name="prefix">What comes before the name.</param>
internal sealed class SpanNames(string prefix)
{
    // Names come from code, so there are few. A name that is made for each call is not worth keeping.
    private const int MaxKept = 1_000;

    private readonly ConcurrentDictionary<string, string> _kept = new(StringComparer.Ordinal);
    private int _count;

    public string Of(string name)
    {
        if (_kept.TryGetValue(name, out string? known))
        {
            return known;
        }

        string span = prefix + name;
        if (_count < MaxKept && _kept.TryAdd(name, span))
        {
            Interlocked.Increment(ref _count);
        }

        return span;
    }
}
