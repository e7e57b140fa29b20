using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace TaskGroups.Analyzers.Tests;

/// <summary>Code as teams write it, in the folder Ordinary, with all rules on: nothing may be reported.</summary>
public sealed class OrdinaryCodeTests
{
    [Fact]
    public async Task Rules_OnOrdinaryCode_ReportNothing()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string[] files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Ordinary"), "*.cs");
        Assert.Equal(20, files.Count(file => char.IsDigit(Path.GetFileName(file)[0])));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Ordinary",
            files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: file, cancellationToken: cancellationToken)),
            References.All,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

        ImmutableArray<Diagnostic> diagnostics = await compilation
            .WithAnalyzers(Rules.All)
            .GetAllDiagnosticsAsync(cancellationToken);

        string reported = string.Join("\n", diagnostics
            .Where(it => it.Severity == DiagnosticSeverity.Error || !it.Id.StartsWith("CS", StringComparison.Ordinal))
            .Select(it => it.ToString()));
        Assert.True(reported.Length == 0, reported);
    }
}
