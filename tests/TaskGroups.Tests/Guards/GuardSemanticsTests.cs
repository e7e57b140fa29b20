using System.Text.RegularExpressions;

namespace TaskGroups.Tests;

/// <summary>Holds docs/semantics.md to its word: each rule names tests that show it, and they exist.</summary>
public sealed partial class GuardSemanticsTests
{
    private static readonly string Repository = Path.Combine(AppContext.BaseDirectory, "repository");

    [Fact]
    public void Rules_InSemantics_EachNameTestsThatExist()
    {
        HashSet<string> tests = [.. Directory.EnumerateFiles(Path.Combine(Repository, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => TestMethod().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value)];
        string[] rules = [.. Rule().Matches(File.ReadAllText(Path.Combine(Repository, "docs", "semantics.md")))
            .Select(match => match.Value)];

        // Those of the group itself: none may be lost.
        Assert.All(
            [.. Enumerable.Range(1, 26).Select(number => $"R{number}"), "R37", "R40"],
            number => Assert.Contains(rules, rule => rule.StartsWith($"**{number}**", StringComparison.Ordinal)));
        Assert.All(rules, rule =>
        {
            string[] shownBy = [.. TestName().Matches(rule).Select(match => match.Groups["name"].Value)];
            Assert.NotEmpty(shownBy);
            Assert.All(shownBy, name => Assert.Contains(name, tests));
        });
    }

    [GeneratedRegex(@"^\*\*R\d+\*\*.*?(?=^\*\*R\d+\*\*|^## )", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"`(?<name>\w+_\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^    public (static )?(async )?(Task|void) (?<name>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestMethod();
}
