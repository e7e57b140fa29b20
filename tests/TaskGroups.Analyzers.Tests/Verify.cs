using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;

namespace TaskGroups.Analyzers.Tests;

/// <summary>
/// Compiles a program together with one analyzer: what stands in <c>[|</c> and <c>|]</c> is reported, and nothing else is.
/// </summary>
/// <remarks>What each further check of a program costs is a compilation or two, so <see cref="EverywhereTests"/> alone makes all.</remarks>
internal static class Verify<TAnalyzer>
    where TAnalyzer : DiagnosticAnalyzer, new()
{
    public static Task StatementsAsync(string statements, string? config = null) => ProgramAsync(Shop.Method(statements), config);

    public static Task ProgramAsync(string source, string? config = null) => AnalyzeAsync(
        source,
        config,
        TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck);

    public static Task FixStatementsAsync<TFix>(string statements, string @fixed)
        where TFix : CodeFixProvider, new() => FixProgramAsync<TFix>(Shop.Method(statements), Shop.Method(@fixed));

    public static Task FixProgramAsync<TFix>(string source, string @fixed)
        where TFix : CodeFixProvider, new() => FixAsync<TFix>(
            source,
            @fixed,
            CodeFixTestBehaviors.SkipFixAllInProjectCheck | CodeFixTestBehaviors.SkipFixAllInSolutionCheck);

    /// <summary>Compiles the program as generated code and with the rule disabled by a pragma as well: then nothing is reported.</summary>
    public static Task EverywhereAsync(string source) => AnalyzeAsync(source, config: null, TestBehaviors.None);

    /// <summary>As <see cref="EverywhereAsync"/>, and fixes all that is reported in the project and in the solution as well.</summary>
    public static async Task FixEverywhereAsync<TFix>(string source, string @fixed)
        where TFix : CodeFixProvider, new()
    {
        await EverywhereAsync(source);
        await FixAsync<TFix>(source, @fixed, CodeFixTestBehaviors.None);
    }

    private static Task AnalyzeAsync(string source, string? config, TestBehaviors behaviors)
    {
        var test = new CSharpAnalyzerTest<TAnalyzer, DefaultVerifier> { TestCode = source, TestBehaviors = behaviors };
        Prepare(test, config);
        return test.RunAsync(TestContext.Current.CancellationToken);
    }

    private static Task FixAsync<TFix>(string source, string @fixed, CodeFixTestBehaviors behaviors)
        where TFix : CodeFixProvider, new()
    {
        var test = new CSharpCodeFixTest<TAnalyzer, TFix, DefaultVerifier>
        {
            TestCode = source,
            FixedCode = @fixed,
            TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck,
            CodeFixTestBehaviors = behaviors,
        };
        Prepare(test, config: null);
        test.FixedState.Sources.Add(("Usings.cs", Shop.Usings));
        test.FixedState.Sources.Add(("Types.cs", Shop.Types));
        test.FixedState.Sources.Add(("Stub.cs", Stub.Source));
        return test.RunAsync(TestContext.Current.CancellationToken);
    }

    private static void Prepare(AnalyzerTest<DefaultVerifier> test, string? config)
    {
        // Rules with two descriptors use one id for both.
        test.MarkupOptions = MarkupOptions.UseFirstDescriptor;
        test.ReferenceAssemblies = new ReferenceAssemblies("net10.0");
        test.TestState.AdditionalReferences.AddRange(References.All);
        test.TestState.Sources.Add(("Usings.cs", Shop.Usings));
        test.TestState.Sources.Add(("Types.cs", Shop.Types));
        test.TestState.Sources.Add(("Stub.cs", Stub.Source));
        if (config is not null)
        {
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\n" + config));
        }

        test.SolutionTransforms.Add((solution, project) => solution.WithProjectParseOptions(
            project,
            ((CSharpParseOptions)solution.GetProject(project)!.ParseOptions!)
                .WithLanguageVersion(LanguageVersion.Preview)));
    }
}
