using System.Runtime.CompilerServices;

namespace TaskGroups.Benchmarks;

/// <summary>The same work in other languages: reported; never a gate but for the two that have one.</summary>
internal static class PeerReadings
{
    private const int Children = 100_000;

    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        double join = (await rounds.TimeAsync(ByGroup.Inline(Work.Suspends), Children)).Median;
        double failFast = (await rounds.TimeAsync(ByGroup.FailFast, Children)).Median;
        Console.WriteLine($"<!-- TaskGroup: {join:0} ns per child to spawn and join, {failFast:0} ns when one fails -->");
        foreach (Peer peer in Peer.All)
        {
            (IReadOnlyDictionary<string, double> figures, string? missing) = await peer.RunAsync(Folder());
            if (missing is not null)
            {
                Console.WriteLine($"<!-- {peer.Name}: skipped, {missing} -->");
                continue;
            }

            bool hasGate = peer.Folder is "tokio" or "go";
            yield return new(
                $"100,000 children, spawn and join: times as fast as {peer.Name}",
                Spread.Exact(figures["join"] / join), hasGate ? 2 : null, hasGate ? 3 : null, MoreIsBetter: true);
            yield return new(
                $"100,000 children, one fails: times as fast as {peer.Name}", Spread.Exact(
                    figures["fail"] / failFast), null, null, MoreIsBetter: true);
        }
    }

    private static string Folder([CallerFilePath] string here = "")
    {
        string folder = Path.Combine(Path.GetDirectoryName(here)!, "..", "peers");
        return Directory.Exists(folder) ? folder : Path.Combine(Environment.CurrentDirectory, "benchmarks",
        "peers"); // a deterministic build hides the path
    }
}
