using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace TaskGroups.Analyzers.Tests;

/// <summary>What is said of the rules, in the docs and in the list of releases, is what they are.</summary>
public sealed class RulesTests
{
    private static readonly DiagnosticDescriptor[] Descriptors =
        [.. Rules.All
            .Where(analyzer => analyzer is not DiagnosticSuppressor)
            .SelectMany(analyzer => analyzer.SupportedDiagnostics)
            .DistinctBy(rule => rule.Id)
            .OrderBy(rule => rule.Id, StringComparer.Ordinal)];

    [Fact]
    public void Rules_AreNumberedFrom1To14() =>
        Assert.Equal(Enumerable.Range(1, 14).Select(number => $"TG{number:0000}"), Descriptors.Select(rule => rule.Id));

    [Fact]
    public void Severities_AreWarningsButForThreeSuggestions() => Assert.All(Descriptors, rule => Assert.Equal(
        rule.Id is "TG0006" or "TG0009" or "TG0012" ? DiagnosticSeverity.Info : DiagnosticSeverity.Warning,
        rule.DefaultSeverity));

    [Fact]
    public void Docs_HaveAPageForEachRuleAndListIt()
    {
        string index = Read("docs/analyzers/README.md");
        Assert.All(Descriptors, rule =>
        {
            Assert.StartsWith($"# {rule.Id}: {rule.Title}", Read(rule.HelpLinkUri), StringComparison.Ordinal);
            string severity = rule.DefaultSeverity == DiagnosticSeverity.Info ? "suggestion" : "warning";
            Assert.Contains($"| [{rule.Id}]({rule.Id}.md) | {rule.Title} | {severity} |", index, StringComparison.Ordinal);
        });
        Assert.Contains(SingleThreadedTypes.Option, index, StringComparison.Ordinal);
    }

    [Fact]
    public void Releases_NameTheTypeOfEachRule()
    {
        string unshipped = Read("releases/AnalyzerReleases.Unshipped.md");
        Assert.All(Rules.All.Where(analyzer => analyzer is not DiagnosticSuppressor), analyzer =>
        {
            DiagnosticDescriptor rule = analyzer.SupportedDiagnostics[0];
            string line = $"{rule.Id} | TaskGroups | {rule.DefaultSeverity} | {analyzer.GetType().Name}\n";
            Assert.Contains(line, unshipped, StringComparison.Ordinal);
        });
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, path));
}
