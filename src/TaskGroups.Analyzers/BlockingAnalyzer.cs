using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0008: a thread is blocked until a child or a group has ended.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class BlockingAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0008";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Await a child, do not block on it",
        messageFormat: "'{0}' blocks a thread until '{1}' has ended: await the task",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A blocked thread is one less for the children that it waits for: under load the thread pool starves. The exception " +
            "comes wrapped, and a cancellation is not attributed.",
        helpLinkUri: "docs/analyzers/TG0008.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(
            operation => Analyze(operation, symbols), OperationKind.Invocation, OperationKind.PropertyReference);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        (string name, IOperation? task) = context.Operation switch
        {
            IPropertyReferenceOperation { Property.Name: "Result", Instance: { } instance } => ("Result", instance),
            IInvocationOperation { TargetMethod.Name: "Wait", Arguments.IsEmpty: true, Instance: { } instance } => ("Wait", instance),
            IInvocationOperation { TargetMethod.Name: "GetResult", Instance: IInvocationOperation awaiter }
                when awaiter.TargetMethod.Name == "GetAwaiter" => ("GetResult", awaiter.Instance),
            _ => ("", null),
        };
        if (task?.Unwrap() is { } blocked
            && symbols.IsTask(blocked.Type)
            && GroupCall.FindSource(blocked, symbols) is { } call
            && !HasEnded(blocked, context.Operation))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, context.Operation.Syntax.GetLocation(), name, call.Name));
        }
    }

    // Awaited, asked whether it has ended, or handed to something that may wait for it: then reading the result blocks nothing.
    private static bool HasEnded(IOperation task, IOperation use) =>
        task is ILocalReferenceOperation { Local: var local } && use.FindRoot().Descendants().Any(operation =>
            operation is ILocalReferenceOperation reference
            && reference.Syntax.SpanStart < use.Syntax.SpanStart
            && SymbolEqualityComparer.Default.Equals(reference.Local, local)
            && (reference.FindUser() is IAwaitOperation or IArgumentOperation or IArrayInitializerOperation
                || reference.FindUser() is IOperation { Kind: OperationKind.CollectionExpression }
                || reference.Parent is IPropertyReferenceOperation { Property.Name: var name }
                    && (name == "Status" || name.StartsWith("IsC", StringComparison.Ordinal))));
}
