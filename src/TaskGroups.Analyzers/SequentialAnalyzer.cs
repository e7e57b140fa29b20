using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0006: children that are awaited one after the other run one after the other.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SequentialAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0006";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Start both children first",
        messageFormat: "This child starts when the one before it has ended: start both, then await them",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "A child that is awaited where it is started runs alone. Children that do not need each other's results run at once " +
            "if all are started before the first is awaited.",
        helpLinkUri: "docs/analyzers/TG0006.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Await);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var await = (IAwaitOperation)context.Operation;
        if (FindChild(await, symbols) is not { GroupVariable: { } group } second
            || FindStatement(await) is not { Parent: IBlockOperation block } statement)
        {
            return;
        }

        int index = block.Operations.IndexOf(statement);
        if (index > 0
            && FindAwait(block.Operations[index - 1]) is { } before
            && FindChild(before, symbols) is { } first
            && SymbolEqualityComparer.Default.Equals(first.GroupVariable, group)
            && !DependsOn(statement, second, block.Operations[index - 1], first, SingleThreadedTypes.Of(context, symbols)))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, await.Syntax.GetLocation()));
        }
    }

    private static GroupCall? FindChild(IAwaitOperation await, KnownSymbols symbols) =>
        GroupCall.Find(await.Operation.Unwrap(), symbols) is { Kind: GroupCallKind.Child, IsBackground: false } call ? call : null;

    // A statement that awaits and does nothing else: await x; y = await x; var y = await x.
    private static IOperation? FindStatement(IAwaitOperation await) =>
        await.Ancestors().FirstOrDefault(ancestor => ancestor.Parent is IBlockOperation) is { } statement && FindAwait(statement) == await
            ? statement
            : null;

    private static IAwaitOperation? FindAwait(IOperation statement) => statement switch
    {
        IExpressionStatementOperation { Operation: ISimpleAssignmentOperation assignment } => assignment.Value.Unwrap() as IAwaitOperation,
        IExpressionStatementOperation expression => expression.Operation.Unwrap() as IAwaitOperation,
        IVariableDeclarationGroupOperation { Declarations: { Length: 1 } declarations } when declarations[0].Declarators.Length == 1 =>
            declarations[0].Declarators[0].GetVariableInitializer()?.Value.Unwrap() as IAwaitOperation,
        _ => null,
    };

    // The second needs what the first sets, or both need an object that serves one caller at a time.
    private static bool DependsOn(IOperation statement, GroupCall second, IOperation before, GroupCall first, SingleThreadedTypes types)
    {
        ImmutableHashSet<ISymbol> set = before.DescendantsAndSelf()
            .Select(operation => operation switch
            {
                IVariableDeclaratorOperation declarator => declarator.Symbol,
                ILocalReferenceOperation or IParameterReferenceOperation or IMemberReferenceOperation when operation.IsWritten() =>
                    operation.FindVariable(),
                _ => null,
            })
            .OfType<ISymbol>()
            .Concat(first.Delegates.SelectMany(types.FindCaptured).Select(use => use.FindVariable()!))
            .ToImmutableHashSet(SymbolEqualityComparer.Default);
        return first.Delegates.IsEmpty || second.Delegates.IsEmpty || statement.Descendants().Any(operation =>
            operation is ILocalReferenceOperation or IParameterReferenceOperation or IMemberReferenceOperation
            && operation.FindVariable() is { } variable
            && set.Contains(variable));
    }
}
