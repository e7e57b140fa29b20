using Microsoft.CodeAnalysis.Diagnostics;

namespace TaskGroups.Analyzers;

/// <summary>
/// What all rules have in common: they run concurrently, skip generated code, and cost nothing where the library is not referenced.
/// </summary>
internal abstract class GroupAnalyzer : DiagnosticAnalyzer
{
    protected const string Category = "TaskGroups";

    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (KnownSymbols.For(start.Compilation) is { } symbols)
            {
                Register(start, symbols);
            }
        });
    }

    protected abstract void Register(CompilationStartAnalysisContext context, KnownSymbols symbols);
}
