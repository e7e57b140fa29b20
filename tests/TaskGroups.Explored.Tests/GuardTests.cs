using System.Text.RegularExpressions;

namespace TaskGroups.Explored;

public sealed partial class GuardTests
{
    // A plain access would have no point behind it, and the explorer would not see what comes in between.
    [Fact]
    public void GroupState_ItsWord_IsTouchedOnlyThroughControlledOperations()
    {
        string source = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "sources", "core", "GroupState.cs"));

        int all = Word().Count(source);
        int controlled = ControlledWord().Count(source);

        Assert.Equal(controlled + 2, all); // and the declaration, and the constructor, when no other code has the word yet
        Assert.True(controlled >= 10, $"Only {controlled} uses: is it still called _word?");
    }

    [Fact]
    public void Core_ItsPrimitives_AreThoseThatTheExplorerControls()
    {
        string[] sources = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "sources", "core"));
        Assert.Contains(sources, path => path.EndsWith("GroupState.cs", StringComparison.Ordinal));

        Assert.All(sources, path => Assert.DoesNotMatch(Uncontrolled(), File.ReadAllText(path)));
    }

    [GeneratedRegex(@"\b_word\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(Interlocked|Volatile)\.\w+\((ref|in) _word\b")]
    private static partial Regex ControlledWord();

    [GeneratedRegex(
        @"\bMonitor\.|\bManualResetEvent|\bSpinWait\b|\bThread\.(MemoryBarrier|Sleep|Yield)|\bTask\.(Run|Factory)\b|\bvolatile\b")]
    private static partial Regex Uncontrolled();
}
