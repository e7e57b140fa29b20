using System.Text.RegularExpressions;

namespace TaskGroups.Tests;

/// <summary>Each rule of docs/semantics.md has a line in its last table that names tests, and these tests exist.</summary>
public sealed partial class GuardSemanticsTests
{
    private static readonly string Repository = Path.Combine(AppContext.BaseDirectory, "repository");

    [Fact]
    public void Rules_InSemantics_EachNameTestsThatExist()
    {
        HashSet<string> tests = [.. Directory.EnumerateFiles(Path.Combine(Repository, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => TestMethod().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value)];
        string semantics = File.ReadAllText(Path.Combine(Repository, "docs", "semantics.md"));
        string[] rules = [.. Rule().Matches(semantics).Select(match => match.Groups["number"].Value)];
        Dictionary<string, string[]> shownBy = Row().Matches(semantics).ToDictionary(
            match => match.Groups["number"].Value,
            match => TestName().Matches(match.Groups["tests"].Value).Select(name => name.Groups["name"].Value).ToArray());

        // Those of the group itself: none may be lost.
        Assert.All([.. Enumerable.Range(1, 26).Select(number => $"R{number}"), "R37", "R40"], number => Assert.Contains(number, rules));
        Assert.Equal(rules, shownBy.Keys);
        Assert.All(shownBy.Values, names =>
        {
            Assert.NotEmpty(names);
            Assert.All(names, name => Assert.Contains(name, tests));
        });
    }

    [GeneratedRegex(@"^\*\*(?<number>R\d+)\*\*", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^\| (?<number>R\d+) \| (?<tests>.*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<name>\w+_\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^    public (static )?(async )?(Task|void) (?<name>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestMethod();
}
