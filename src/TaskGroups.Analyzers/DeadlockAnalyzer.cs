using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0010: a child waits for what waits for it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class DeadlockAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0010";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "A child does not wait for its own group",
        messageFormat: "The child waits for {0}, which waits for the child",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A group ends after its children, so a child that awaits the group's end waits for itself. A child of a group with " +
            "MaxConcurrency holds a place: awaiting a further child of the same group waits for a place that it holds itself.",
        helpLinkUri: "docs/analyzers/TG0010.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (GroupCall.Find(context.Operation, symbols) is not { Kind: GroupCallKind.Child, Delegates.IsEmpty: false } child)
        {
            return;
        }

        ISymbol? itself = TaskUse.FindVariable(child.Invocation);
        ISymbol? end = GroupLimit.FindOpening(child, symbols) is { } opening ? TaskUse.FindVariable(opening) : null;
        bool isLimited = GroupLimit.Find(child, symbols) is not null;
        foreach (IOperation operation in child.Delegates.SelectMany(work => work.OwnOperations(symbols)))
        {
            if (operation is ILocalReferenceOperation or IMemberReferenceOperation && IsWaitedFor(operation))
            {
                ISymbol? variable = operation.FindVariable();
                if (Same(variable, end) || Same(variable, itself))
                {
                    string what = Same(variable, itself) ? "itself" : "the end of its own group";
                    context.ReportDiagnostic(Diagnostic.Create(Rule, operation.Syntax.GetLocation(), what));
                }
            }
            else if (isLimited
                && GroupCall.Find(operation, symbols) is { Kind: GroupCallKind.Child } inner
                && Same(inner.GroupVariable, child.GroupVariable)
                && (IsWaitedFor(operation) || IsAwaitedLater(operation, symbols)))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    Rule, inner.Invocation.FindNameLocation(), "a child that needs a place among those of MaxConcurrency"));
            }
        }
    }

    private static bool IsWaitedFor(IOperation task) =>
        TaskUse.IsAwaited(task)
        || TaskUse.IsReturned(task)
        || task.Parent is IInvocationOperation { TargetMethod.Name: "Wait" };

    private static bool IsAwaitedLater(IOperation call, KnownSymbols symbols) =>
        TaskUse.FindVariable(call) is ILocalSymbol local
        && call.FindFunction() is { } function
        && function.OwnOperations(symbols).OfType<IAwaitOperation>().Any(await => await.Mentions(local));

    private static bool Same(ISymbol? one, ISymbol? other) => one is not null && SymbolEqualityComparer.Default.Equals(one, other);
}
