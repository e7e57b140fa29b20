using System.Collections.Immutable;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace TaskGroups.Analyzers;

/// <summary>
/// Silences CS4014 ("this call is not awaited") where a child is started: its group awaits it, so <c>tasks.Run(ct => ...)</c> stands
/// as a plain statement, without <c>_ =</c>.
/// </summary>
/// <remarks>
/// Calls whose failure only an await shows keep the warning: <c>RunAsync</c>, <c>RunGroupAsync</c>, <c>StartAsync</c> and the combinators.
/// The signature decides which is which (<see cref="GroupMethods"/>), not a list of names.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class UnawaitedChildSuppressor : DiagnosticSuppressor
{
    private static readonly SuppressionDescriptor Rule = new(
        id: "TGS4014",
        suppressedDiagnosticId: "CS4014",
        justification: "The child's group awaits it and reports its failure.");

    /// <inheritdoc/>
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; } = [Rule];

    /// <inheritdoc/>
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        if (KnownSymbols.For(context.Compilation) is not { } symbols)
        {
            return;
        }

        foreach (Diagnostic diagnostic in context.ReportedDiagnostics)
        {
            if (FindMethod(diagnostic, context) is { } method && symbols.KindOf(method) == GroupCallKind.Child)
            {
                context.ReportSuppression(Suppression.Create(Rule, diagnostic));
            }
        }
    }

    private static IMethodSymbol? FindMethod(Diagnostic diagnostic, SuppressionAnalysisContext context)
    {
        CancellationToken cancellationToken = context.CancellationToken;
        SyntaxNode? node = diagnostic.Location.SourceTree?
            .GetRoot(cancellationToken)
            .FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        return node is InvocationExpressionSyntax invocation
            ? context.GetSemanticModel(invocation.SyntaxTree).GetSymbolInfo(invocation, cancellationToken).Symbol as IMethodSymbol
            : null;
    }
}
