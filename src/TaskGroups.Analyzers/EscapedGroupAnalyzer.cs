using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0014: a group is captured by something that nothing waits for, and that may use it after its end.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class EscapedGroupAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0014";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "A group does not outlive its scope",
        messageFormat: "'{0}' is captured by {1}: it may have ended when this starts a child, which is then refused",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A group ends with its scope. A task that nothing waits for, a timer and an event handler run when they run, and a " +
            "group that has ended refuses children.",
        helpLinkUri: "docs/analyzers/TG0014.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.AnonymousFunction);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var lambda = (IAnonymousFunctionOperation)context.Operation;
        if (FindEscape(lambda, symbols) is { } escape
            && lambda.Descendants().FirstOrDefault(operation => IsUsedGroup(operation, lambda, symbols)) is { } group)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule, group.Syntax.GetLocation(), group.FindVariable()!.Name, escape));
        }
    }

    private static string? FindEscape(IAnonymousFunctionOperation lambda, KnownSymbols symbols) => lambda.Parent?.FindUser() switch
    {
        IArgumentOperation { Parent: IInvocationOperation call } => FindEscape(call, symbols),
        IArgumentOperation { Parent: IObjectCreationOperation { Type.Name: "Timer" } } => "a timer",
        IEventAssignmentOperation { Adds: true } => "an event handler",
        _ => lambda.Parent is IDelegateCreationOperation { Parent: IEventAssignmentOperation { Adds: true } } ? "an event handler" : null,
    };

    private static string? FindEscape(IInvocationOperation call, KnownSymbols symbols) => call.TargetMethod switch
    {
        { Name: "Run" or "StartNew", ContainingType: var type } when type.IsExactly(symbols.Task) || type.IsExactly(symbols.TaskFactory) =>
            TaskUse.IsDropped(call) ? "a task that nothing waits for" : null,
        { Name: "QueueUserWorkItem" or "UnsafeQueueUserWorkItem", ContainingType.Name: "ThreadPool" } =>
            "a work item that nothing waits for",
        { Name: "CreateTimer", ContainingType.Name: "TimeProvider" } => "a timer",
        _ => null,
    };

    // Cancel, Stop and reading are legal at any time, also after the end.
    private static bool IsUsedGroup(IOperation operation, IOperation lambda, KnownSymbols symbols) =>
        operation is ILocalReferenceOperation or IParameterReferenceOperation or IMemberReferenceOperation
        && symbols.IsGroup(operation.Type)
        && !symbols.IsBackgroundGroup(operation.Type)
        && operation.FindVariable() is { } variable
        && variable.IsDeclaredOutside(lambda)
        && operation.FindUser() switch
        {
            IInvocationOperation call => symbols.KindOf(call.TargetMethod) != GroupCallKind.None,
            IArgumentOperation => true,
            _ => false,
        };
}
