using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace TaskGroups.Analyzers.Tests;

/// <summary>Compiles statements together with the suppressor and looks at what became of CS4014, "this call is not awaited".</summary>
public sealed class SuppressorTests
{
    [Theory]
    [InlineData("tasks.Run(ct => Task.CompletedTask);")]
    [InlineData("tasks.Run(ct => Task.FromResult(1));")]
    [InlineData("tasks.Run((s, ct) => Task.CompletedTask, state: 1);")]
    [InlineData("tasks.Run((s, ct) => Task.FromResult(s), state: 1, name: \"one\");")]
    [InlineData("((ITaskGroup)background).Run(ct => Task.CompletedTask);")]
    [InlineData("Func<Task> later = async () => { await Task.Yield(); tasks.Run(ct => Task.CompletedTask); };")]
    [InlineData("for (int i = 0; i < 3; i++, tasks.Run(ct => Task.CompletedTask)) { }")]
    public Task Suppressor_WhenAChildIsNotAwaited_SilencesTheWarning(string statement) => AssertSuppressedAsync(statement);

    [Theory]
    [InlineData("background.Run(ct => Task.CompletedTask);")]
    [InlineData("foreign.Run(ct => Task.CompletedTask);")]
    [InlineData("derived.Run(ct => Task.CompletedTask);")]
    public Task Suppressor_WhenTheGroupIsAnotherImplementation_SilencesTheWarning(string statement) => AssertSuppressedAsync(statement);

    [Theory]
    [InlineData("tasks.Run(ct => ValueTask.CompletedTask);")]
    [InlineData("tasks.Run(ct => ValueTask.FromResult(1));")]
    [InlineData("tasks.RunOrDefault(ct => Task.FromResult(1), fallback: 0);")]
    [InlineData("tasks.RunScoped((string service, CancellationToken ct) => Task.CompletedTask);")]
    [InlineData("background.RunScoped((string service, CancellationToken ct) => Task.FromResult(1));")]
    [InlineData("background.Supervise(pipeline, ct => Task.CompletedTask);")]
    [InlineData("TaskGroupHostingExtensions.Run(background, pipeline, ct => Task.CompletedTask);")]
    public Task Suppressor_WhenAnExtensionStartsTheChild_SilencesTheWarning(string statement) => AssertSuppressedAsync(statement);

    [Theory]
    [InlineData("tasks.RunGroupAsync(nested => Task.CompletedTask);")]
    [InlineData("tasks.AllAsync(ct => Task.CompletedTask);")]
    [InlineData("TaskGroup.RunAsync(nested => Task.CompletedTask);")]
    public Task Suppressor_WhenOnlyAnAwaitShowsTheFailure_KeepsTheWarning(string statement) => AssertWarnedAsync(statement);

    [Theory]
    [InlineData("Task.Run(() => { });")]
    [InlineData("foreign.Run(\"something else\");")]
    [InlineData("tasks.Run(\"an extension of the user's own\");")]
    [InlineData("\"no group\".Run();")]
    public Task Suppressor_WhenTheMethodIsNotOurs_KeepsTheWarning(string statement) => AssertWarnedAsync(statement);

    [Fact]
    public async Task Suppressor_WhenWarningsAreErrors_SilencesTheError()
    {
        Diagnostic diagnostic = await CompileAsync("tasks.Run(ct => Task.CompletedTask);", warningsAsErrors: true);

        Assert.True(diagnostic.IsSuppressed);
    }

    [Fact]
    public async Task Suppressor_WhenTheProgramHasNoTaskGroups_KeepsTheWarning()
    {
        Diagnostic diagnostic = await CompileAsync("Task.Run(() => { });", source: """
            public sealed class Program
            {
                public static async Task Main() { await Task.Yield(); STATEMENT }
            }
            """, references: References.All.RemoveAll(it => it.Display!.EndsWith("TaskGroups.dll", StringComparison.Ordinal)));

        Assert.False(diagnostic.IsSuppressed);
    }

    private static async Task AssertSuppressedAsync(string statement) => Assert.True((await CompileAsync(statement)).IsSuppressed);

    private static async Task AssertWarnedAsync(string statement) => Assert.False((await CompileAsync(statement)).IsSuppressed);

    private static async Task<Diagnostic> CompileAsync(
        string statement,
        bool warningsAsErrors = false,
        string source = SuppressorProgram.Source,
        ImmutableArray<MetadataReference>? references = null)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string usings = "using System; using System.Threading; using System.Threading.Tasks;\n";
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Snippet",
            [
                CSharpSyntaxTree.ParseText(
                    usings + source.Replace("STATEMENT", statement, StringComparison.Ordinal),
                    cancellationToken: cancellationToken),
                CSharpSyntaxTree.ParseText(references is null ? usings + Stub.Source : "", cancellationToken: cancellationToken),
            ],
            references ?? References.All,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                generalDiagnosticOption: warningsAsErrors ? ReportDiagnostic.Error : ReportDiagnostic.Default,
                nullableContextOptions: NullableContextOptions.Enable));
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]),
            onAnalyzerException: null,
            concurrentAnalysis: true,
            logAnalyzerExecutionTime: false,
            reportSuppressedDiagnostics: true);
        ImmutableArray<Diagnostic> diagnostics =
            await compilation.WithAnalyzers([new UnawaitedChildSuppressor()], options).GetAllDiagnosticsAsync(cancellationToken);

        Diagnostic only = Assert.Single(diagnostics, diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning);
        Assert.Equal("CS4014", only.Id);
        return only;
    }
}
