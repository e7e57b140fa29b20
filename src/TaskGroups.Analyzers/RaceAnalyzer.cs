using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0012: <c>Task.WhenAny</c> over children, which leaves the losers running.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class RaceAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0012";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Race children with RaceAsync",
        messageFormat: "Task.WhenAny takes the first child to end, also a failed one, and leaves the others running: RaceAsync takes the " +
            "first to succeed and cancels the others",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "RaceAsync returns the first success, cancels the other calls, waits for them and disposes what they bring. " +
            "Task.WhenAny returns the first task to end; a failure among the others still cancels the whole group.",
        helpLinkUri: "docs/analyzers/TG0012.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod is { Name: "WhenAny", IsGenericMethod: true }
            && call.TargetMethod.ContainingType.IsExactly(symbols.Task)
            && !IsRepeated(call)
            && AreChildren(call, symbols))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, call.FindNameLocation()));
        }
    }

    // In a loop the tasks are taken one after the other as they end: that is no race.
    private static bool IsRepeated(IOperation call) =>
        call.Ancestors().TakeWhile(ancestor => ancestor is not IAnonymousFunctionOperation).Any(ancestor => ancestor is ILoopOperation);

    private static bool AreChildren(IInvocationOperation call, KnownSymbols symbols)
    {
        ImmutableArray<IOperation> tasks = FindTasks(call);
        return tasks.Length >= 2
            ? tasks.All(task => GroupCall.FindSource(task, symbols) is { Kind: GroupCallKind.Child })
            : tasks.Length == 1 && IsSequenceOfChildren(tasks[0], symbols);
    }

    private static ImmutableArray<IOperation> FindTasks(IInvocationOperation call)
    {
        if (call.Arguments.Length != 1)
        {
            return [.. call.Arguments.Select(argument => argument.Value)];
        }

        IOperation only = call.Arguments[0].Value.Unwrap();
        return only switch
        {
            IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues,
            ICollectionExpressionOperation collection => collection.Elements,
            _ => [only],
        };
    }

    // urls.Select(url => tasks.Run(ct => GetAsync(url, ct))), also kept in a local.
    private static bool IsSequenceOfChildren(IOperation tasks, KnownSymbols symbols)
    {
        IOperation? source = tasks is ILocalReferenceOperation local ? local.FindOnlyValue() : tasks;
        return source is not null && source.Descendants().OfType<IAnonymousFunctionOperation>().Any(selector =>
            selector.Body.Operations.Length == 1
            && selector.Body.Operations[0] is IReturnOperation { ReturnedValue: { } task }
            && GroupCall.Find(task.Unwrap(), symbols) is { Kind: GroupCallKind.Child });
    }
}
