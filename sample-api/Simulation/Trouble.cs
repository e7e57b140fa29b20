using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SampleApi;

/// <summary>
/// The delays and failures that a caller wishes upon the upstream services, to see by hand what a group does about them:
/// <c>?slow=prices:1500,reviews:300&amp;break=stock</c>.
/// </summary>
internal sealed class Trouble
{
    public const int MaxDelayMs = 60_000;

    private static readonly string[] Upstreams = ["prices", "stock", "reviews"];

    private readonly Dictionary<string, int> _delays = [];
    private readonly HashSet<string> _broken = [];

    public static bool TryParse(
        string[]? slow,
        string[]? broken,
        out Trouble trouble,
        [NotNullWhen(false)] out Dictionary<string, string[]>? errors)
    {
        trouble = new Trouble();
        errors = [];
        if (!Items(slow).All(trouble.TryAddDelay))
        {
            errors[
                "slow"] = [$"Type slow=NAME:MILLISECONDS, NAME being one of {string.Join(", ", Upstreams)}, each once, MILLISECONDS at "
                    + $"most {MaxDelayMs}; for example slow=prices:1500,reviews:300."];
        }

        if (!Items(broken).All(trouble.TryAddBroken))
        {
            errors["break"] = [$"Type break=NAME, NAME being one of {string.Join(", ", Upstreams)}; for example break=stock,reviews."];
        }

        if (errors.Count == 0)
        {
            errors = null;
        }

        return errors is null;
    }

    /// <summary>The query string that passes the trouble on to one upstream service.</summary>
    public string QueryFor(string upstream) => QueryString.Create(
        [
            .. _delays.TryGetValue(upstream, out int delay)
                ? [KeyValuePair.Create("delayMs", (string?)delay.ToString(CultureInfo.InvariantCulture))]
                : Array.Empty<KeyValuePair<string, string?>>(),
            .. _broken.Contains(upstream) ? [KeyValuePair.Create("fail", (string?)"true")] : Array.Empty<KeyValuePair<string, string?>>(),
        ]).ToString();

    private static IEnumerable<string> Items(string[]? values) => values?.SelectMany(value => value.Split(',')) ?? [];

    private bool TryAddDelay(string item) =>
        item.Split(':') is [string upstream, string delay]
            && Upstreams.Contains(upstream)
            && int.TryParse(delay, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds)
            && milliseconds <= MaxDelayMs
            && _delays.TryAdd(upstream, milliseconds);

    private bool TryAddBroken(string item) => Upstreams.Contains(item) && _broken.Add(item);
}
