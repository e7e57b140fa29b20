using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0002: a delegate returns before its work has ended, so that the group waits for nothing.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class EarlyReturnAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0002";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "A child ends with its work",
        messageFormat: "The child does not wait for {0}: its group ends before it, and never learns of its failure",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A child has ended when the task that its delegate returns has ended. What the delegate starts and neither awaits " +
            "nor returns is outside of the group: it is not joined, not canceled, and its failure is lost.",
        helpLinkUri: "docs/analyzers/TG0002.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (GroupCall.Find(context.Operation, symbols) is not { } call)
        {
            return;
        }

        foreach (IAnonymousFunctionOperation work in call.Delegates)
        {
            if (FindInnerTask(work, symbols) is { } inner)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule, inner.GetLocation(), "the task that it returns as its result"));
            }

            if (call.Kind == GroupCallKind.Body)
            {
                continue;
            }

            foreach (IOperation operation in work.OwnOperations(symbols))
            {
                CheckOwn(context, operation, symbols);
            }
        }
    }

    // async ct => SaveAsync(ct) gives Task<Task>: an await of the child yields the inner task, which has only begun.
    private static SyntaxNode? FindInnerTask(IAnonymousFunctionOperation work, KnownSymbols symbols)
    {
        if (work.Symbol.ReturnType is not INamedTypeSymbol { TypeArguments.Length: 1 } task || !symbols.IsTask(task.TypeArguments[0]))
        {
            return null;
        }

        IOperation? value = work.Body.OperationsOfFunction().OfType<IReturnOperation>().FirstOrDefault()?.ReturnedValue?.Unwrap();
        return (value ?? work).Syntax;
    }

    private static void CheckOwn(OperationAnalysisContext context, IOperation operation, KnownSymbols symbols)
    {
        switch (operation)
        {
            case IInvocationOperation call when symbols.KindOf(call.TargetMethod) != GroupCallKind.None:
                return;
            case IInvocationOperation call when symbols.IsTask(call.Type):
                if (TaskUse.IsDropped(call))
                {
                    context.ReportDiagnostic(Diagnostic.Create(Rule, call.FindNameLocation(), $"'{call.TargetMethod.Name}'"));
                }

                break;
            case IInvocationOperation { TargetMethod: { IsAsync: true, ReturnsVoid: true } } call:
                context.ReportDiagnostic(Diagnostic.Create(Rule, call.FindNameLocation(), $"'async void {call.TargetMethod.Name}'"));
                break;
            case IAnonymousFunctionOperation { Symbol: { IsAsync: true, ReturnsVoid: true } } lambda when !IsEventHandler(lambda):
                context.ReportDiagnostic(Diagnostic.Create(Rule, lambda.Syntax.GetLocation(), "an 'async void' lambda"));
                break;
        }
    }

    private static bool IsEventHandler(IOperation lambda) =>
        lambda.Parent is IDelegateCreationOperation { Parent: IEventAssignmentOperation };
}
