using System.Text.RegularExpressions;

namespace TaskGroups.Tests;

/// <summary>The way of a failing child from <c>Run</c> to the join crosses few files: the table in CONTRIBUTING.md lists them.</summary>
public sealed partial class GuardFailingChildTests
{
    private const int MostFiles = 8;

    private static readonly string Repository = Path.Combine(AppContext.BaseDirectory, "repository");

    [Fact]
    public void FailingChild_InContributing_CrossesFewFiles()
    {
        string contributing = File.ReadAllText(Path.Combine(Repository, "CONTRIBUTING.md")).ReplaceLineEndings("\n");
        string[] files = [.. Row().Matches(Section().Match(contributing).Value).Select(row => row.Groups["file"].Value)];

        Assert.InRange(files.Length, 2, MostFiles);
        Assert.Equal(files.Distinct(), files);
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(Repository, "src", "TaskGroups", file)), $"{file} does not exist."));
    }

    [GeneratedRegex(@"^### A failing child, .*?^### ", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^\| `(?<file>[^`]+\.cs)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
