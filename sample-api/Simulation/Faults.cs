using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace SampleApi;

/// <summary>
/// The delays and failures of the upstream services that a request asks for, to see by hand what a group does about them:
/// <c>?slow=prices:1500,reviews:300&amp;break=stock</c>.
/// </summary>
internal sealed class Faults
{
    public const int MaxDelayMs = 60_000;

    public const string SlowUsage = "slow=NAME:MILLISECONDS";

    public const string BreakUsage = "break=NAME";

    private static readonly string Names = $"NAME being one of {string.Join(", ", Upstreams.Names)}";

    private readonly Dictionary<string, int> _delays = [];
    private readonly HashSet<string> _broken = [];

    public static bool TryParse(
        IQueryCollection query,
        out Faults faults,
        [NotNullWhen(false)] out Dictionary<string, string[]>? errors)
    {
        faults = new Faults();
        Dictionary<string, string[]> found = [];
        if (!Items(query["slow"]).All(faults.TryAddDelay))
        {
            found["slow"] = [$"Type {SlowUsage}, {Names}, each once, MILLISECONDS at most {MaxDelayMs}; for example "
                + "slow=prices:1500,reviews:300."];
        }

        if (!Items(query["break"]).All(faults.TryAddBroken))
        {
            found["break"] = [$"Type {BreakUsage}, {Names}, each once; for example break=stock,reviews."];
        }

        errors = found.Count == 0 ? null : found;
        return errors is null;
    }

    /// <summary>The query string that asks one upstream service for its delay and its failure; empty if there are none.</summary>
    public string QueryFor(string upstream)
    {
        List<KeyValuePair<string, string?>> query = [];
        if (_delays.TryGetValue(upstream, out int delay))
        {
            query.Add(new("delayMs", delay.ToString(CultureInfo.InvariantCulture)));
        }

        if (_broken.Contains(upstream))
        {
            query.Add(new("fail", "true"));
        }

        return QueryString.Create(query).ToString();
    }

    private static IEnumerable<string> Items(StringValues values) => values.SelectMany(value => (value ?? "").Split(','));

    private bool TryAddDelay(string item) =>
        item.Split(':') is [string upstream, string delay]
            && Upstreams.Names.Contains(upstream)
            && int.TryParse(delay, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds)
            && milliseconds <= MaxDelayMs
            && _delays.TryAdd(upstream, milliseconds);

    private bool TryAddBroken(string item) => Upstreams.Names.Contains(item) && _broken.Add(item);
}
