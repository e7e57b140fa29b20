using System.Collections.Immutable;
using System.Linq;
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
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UnawaitedChildSuppressor : DiagnosticSuppressor
{
    private const string CallNotAwaited = "CS4014";

    private static readonly SuppressionDescriptor Rule = new(
        id: "TGS4014",
        suppressedDiagnosticId: CallNotAwaited,
        justification: "The child's group awaits it and reports its failure.");

    private static readonly ImmutableHashSet<string> StartingMethods = ["Run", "RunOrDefault", "RunScoped", "Supervise"];

    /// <inheritdoc/>
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; } = [Rule];

    /// <inheritdoc/>
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        INamedTypeSymbol? group = context.Compilation.GetTypeByMetadataName("TaskGroups.ITaskGroup");
        if (group is null)
        {
            return;
        }

        foreach (Diagnostic diagnostic in context.ReportedDiagnostics)
        {
            if (FindMethod(diagnostic, context) is { } method && StartsChild(method, group))
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

    private static bool StartsChild(IMethodSymbol method, INamedTypeSymbol group)
    {
        if (!StartingMethods.Contains(method.Name))
        {
            return false;
        }

        IMethodSymbol declared = (method.ReducedFrom ?? method).OriginalDefinition;
        return declared.IsExtensionMethod
            ? IsOurs(declared.ContainingNamespace) && IsGroup(declared.Parameters[0].Type, group)
            : IsMemberOfGroup(declared, group);
    }

    private static bool IsMemberOfGroup(IMethodSymbol method, INamedTypeSymbol group)
    {
        while (method.OverriddenMethod is { } overridden)
        {
            method = overridden;
        }

        return SymbolEqualityComparer.Default.Equals(method.ContainingType, group)
            || (IsGroup(method.ContainingType, group) && group.GetMembers(method.Name).Any(member =>
                SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method)));
    }

    private static bool IsGroup(ITypeSymbol type, INamedTypeSymbol group) =>
        SymbolEqualityComparer.Default.Equals(type, group) || type.AllInterfaces.Contains(group, SymbolEqualityComparer.Default);

    private static bool IsOurs(INamespaceSymbol? space)
    {
        while (space is { ContainingNamespace.IsGlobalNamespace: false })
        {
            space = space.ContainingNamespace;
        }

        return space?.Name == "TaskGroups";
    }
}
