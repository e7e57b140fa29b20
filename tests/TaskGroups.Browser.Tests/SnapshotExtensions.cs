using System.Text.RegularExpressions;

namespace TaskGroups.Browser.Tests;

internal static class SnapshotExtensions
{
    public static Regex AsRegex(this string pattern) => new(pattern);

    /// <summary>Reads the text of the live page, again and again, until it contains a name.</summary>
    public static async Task WaitForSnapshotAsync(this HttpClient client, string name)
    {
        using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
        using Stream stream = await client.GetStreamAsync(new Uri("/taskgroups/text?watch", UriKind.Relative), watchdog.Token);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(watchdog.Token) is { } line)
        {
            if (line.Contains(name, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException($"The stream ended before '{name}' ran.");
    }
}
