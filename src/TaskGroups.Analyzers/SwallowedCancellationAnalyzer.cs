using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace TaskGroups.Analyzers;

/// <summary>TG0011: a child catches its cancellation and returns a value as if it had worked.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SwallowedCancellationAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0011";

    /// <summary>The property of a diagnostic that names the child's token.</summary>
    public const string Token = nameof(Token);

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Let a cancellation through",
        messageFormat: "This catch takes the cancellation of the child, which then returns a value as if it had worked",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A canceled child ends with OperationCanceledException. One that catches it and returns a value counts as " +
            "succeeded, and the value is taken for a real one.",
        helpLinkUri: "docs/analyzers/TG0011.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (GroupCall.Find(context.Operation, symbols) is not { Kind: not GroupCallKind.Body } call)
        {
            return;
        }

        foreach (IAnonymousFunctionOperation work in call.Delegates)
        {
            if (work.Symbol is not { IsAsync: true, ReturnType: INamedTypeSymbol { TypeArguments.Length: 1 } }
                || LooksAtToken(work, symbols))
            {
                continue;
            }

            foreach (ITryOperation @try in work.Body.OperationsOfFunction().OfType<ITryOperation>())
            {
                if (@try.Body.OperationsOfFunction().Any(CanBeCanceled) && FindSwallowing(@try, symbols) is { } swallowing)
                {
                    IParameterSymbol token = work.Symbol.Parameters[work.Symbol.Parameters.Length - 1];
                    context.ReportDiagnostic(Diagnostic.Create(
                        Rule,
                        FindLocation((CatchClauseSyntax)swallowing.Syntax),
                        ImmutableDictionary<string, string?>.Empty.Add(Token, token.IsDiscard ? null : token.Name)));
                }
            }
        }
    }

    private static ICatchClauseOperation? FindSwallowing(ITryOperation @try, KnownSymbols symbols)
    {
        foreach (ICatchClauseOperation clause in @try.Catches)
        {
            // A filter decides what cannot be decided here; object is the type of a catch without one.
            if (clause.Filter is not null
                || !(clause.ExceptionType.Is(symbols.OperationCanceledException)
                    || clause.ExceptionType.IsExactly(symbols.Exception)
                    || clause.ExceptionType.SpecialType == SpecialType.System_Object))
            {
                continue;
            }

            // The first clause that takes a cancellation decides; one that throws, or gives the exception on, swallows nothing.
            bool letsThrough = clause.Handler.OperationsOfFunction().Any(operation =>
                operation is IThrowOperation || (operation is IReturnOperation && clause.Locals.Any(local => operation.Mentions(local))));
            return letsThrough ? null : clause;
        }

        return null;
    }

    private static bool CanBeCanceled(IOperation operation) =>
        operation is IAwaitOperation
        || operation is IForEachLoopOperation { IsAsynchronous: true }
        || operation is IUsingOperation { IsAsynchronous: true };

    private static bool LooksAtToken(IOperation work, KnownSymbols symbols) => work.Descendants().Any(operation =>
        operation is IPropertyReferenceOperation { Property: { Name: "IsCancellationRequested", ContainingType: var token } }
            && symbols.IsToken(token)
        || operation is IInvocationOperation { TargetMethod.Name: "ThrowIfCancellationRequested" });

    private static Location FindLocation(CatchClauseSyntax clause) => clause.Declaration is { } declaration
        ? Location.Create(clause.SyntaxTree, TextSpan.FromBounds(clause.SpanStart, declaration.Span.End))
        : clause.CatchKeyword.GetLocation();
}
