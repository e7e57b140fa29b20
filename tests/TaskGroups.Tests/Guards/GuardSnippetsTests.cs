using System.Text.RegularExpressions;

namespace TaskGroups.Tests;

/// <summary>Holds the code in the documentation to the regions of source files that are compiled, and run, by tests.</summary>
public sealed partial class GuardSnippetsTests
{
    private static readonly string Repository = Path.Combine(AppContext.BaseDirectory, "repository");

    public static TheoryData<string> Pages => [.. FilesBelow("*.md")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Pages_WhenTheyShowCode_CopyCodeThatIsTested(string page)
    {
        Dictionary<string, string> regions = FilesBelow("*.cs").SelectMany(ReadRegions).ToDictionary();

        Assert.All(
            ReadSnippets(Read(page)),
            snippet => Assert.Equal(regions.GetValueOrDefault(snippet.Name, "no such region"), snippet.Code));
    }

    [Fact]
    public void Readme_WhenItShowsCode_SaysWhereItComesFrom()
    {
        string readme = Read("README.md");

        Assert.NotEmpty(ReadSnippets(readme));
        Assert.Equal(Regex.Count(readme, "^```csharp$", RegexOptions.Multiline), ReadSnippets(readme).Count());
    }

    [Fact]
    public void Regions_OfSourceFiles_AreShownSomewhere()
    {
        HashSet<string> shown = [.. FilesBelow("*.md").SelectMany(page => ReadSnippets(Read(page))).Select(snippet => snippet.Name)];

        Assert.All(FilesBelow("*.cs").SelectMany(ReadRegions), region => Assert.Contains(region.Key, shown));
    }

    private static IEnumerable<string> FilesBelow(string pattern) =>
        Directory.EnumerateFiles(Repository, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository, file))
            .Order(StringComparer.Ordinal);

    private static string Read(string file) => File.ReadAllText(Path.Combine(Repository, file)).ReplaceLineEndings("\n");

    private static IEnumerable<(string Name, string Code)> ReadSnippets(string page) =>
        Snippet().Matches(page).Select(match => (match.Groups["name"].Value, match.Groups["code"].Value));

    private static IEnumerable<KeyValuePair<string, string>> ReadRegions(string file) =>
        Region().Matches(Read(file)).Select(match => KeyValuePair.Create(match.Groups["name"].Value, Outdent(match.Groups["code"].Value)));

    private static string Outdent(string code)
    {
        string[] lines = code.TrimEnd('\n').Split('\n');
        int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indent..])) + "\n";
    }

    [GeneratedRegex("""^<!-- snippet: (?<name>\S+) -->\n```csharp\n(?<code>.*?)^```$""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Snippet();

    [GeneratedRegex("""^ *// <snippet: (?<name>\S+)>\n(?<code>.*?)^ *// </snippet>$""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();
}
