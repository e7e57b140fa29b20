namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>A node whose clock is wrong: a process with libfaketime before its libc.</summary>
internal static class WrongClock
{
    private const string Missing = "libfaketime is missing. Install it (Debian: apt-get install faketime).";

    /// <summary>
    /// The environment of a node whose clock is wrong by an offset. Without libfaketime the running test is skipped; with <c>CI=true</c> it
    /// fails.
    /// </summary>
    public static (string Key, string Value)[] Of(string offset)
    {
        if (TryOf(offset) is { } clock)
        {
            return clock;
        }

        Assert.Skip(Missing);
        return [];
    }

    /// <summary>The same; <see langword="null"/> without libfaketime, unless <c>CI=true</c>.</summary>
    public static (string Key, string Value)[]? TryOf(string offset)
    {
        string? library = Directory.Exists("/usr/lib")
            ? Directory.EnumerateDirectories("/usr/lib").Select(each => Path.Combine(each, "faketime", "libfaketimeMT.so.1"))
                .FirstOrDefault(File.Exists)
            : null;
        if (library is not null)
        {
            // With its fix of monotonic waits, each wait of a process whose monotonic clock is right ends at once, and the process spins.
            return
            [
                ("LD_PRELOAD", library), ("FAKETIME", offset), ("FAKETIME_NO_CACHE", "1"), ("DONT_FAKE_MONOTONIC", "1"),
                ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
            ];
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(Missing);
        }

        return null;
    }

    /// <summary>Starts such a node, waits until it has said that it takes no part, and ends it.</summary>
    /// <remarks>
    /// The refusal ends the start; where the database is slow to answer, the node has started by then, and says it.
    /// </remarks>
    /// <returns>What it said.</returns>
    public static async Task<string> RefusedAsync(ChaosCluster cluster, string name, (string Key, string Value)[] clock)
    {
        const string Refusal = "The clock of this node says";
        try
        {
            NodeProcess node = await cluster.StartNodeAsync(name, environment: clock);
            await cluster.WrittenAsync(node, Refusal);
            await node.KillAsync();
            return node.Output;
        }
        catch (InvalidOperationException ended)
        {
            Assert.Contains(Refusal, ended.Message, StringComparison.Ordinal);
            return ended.Message;
        }
    }
}
