using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace TaskGroups.Analyzers;

/// <summary>TG0003: the task of a combinator or of a group is dropped, and with it the only sight of its failure.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class UnawaitedCombinatorAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0003";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Await what only an await shows",
        messageFormat: "The task of '{0}' is not awaited: its failure cancels nothing and is seen by nothing",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A combinator and a group of its own keep their failures to themselves: the task that they return is the only place " +
            "where a failure shows. Await it, return it or hand it on.",
        helpLinkUri: "docs/analyzers/TG0003.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (GroupCall.Find(context.Operation, symbols) is { Kind: GroupCallKind.Combinator or GroupCallKind.Body } call
            && symbols.IsTask(call.Invocation.Type)
            && TaskUse.IsDropped(call.Invocation))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, call.Invocation.FindNameLocation(), call.Name));
        }
    }
}
