using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0005: two children that may run at once use one object that serves one caller at a time.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SharedContextAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0005";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Give each child a DbContext of its own",
        messageFormat: "'{0}' serves one caller at a time, and children that may run at once use it",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A DbContext, and what taskgroups.single_threaded_types names, must not be used by two children at once. RunScoped " +
            "gives a child a DI scope, and with it a DbContext, of its own.",
        helpLinkUri: "docs/analyzers/TG0005.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (GroupCall.Find(context.Operation, symbols) is not { Kind: not GroupCallKind.Body, Group: not null } call)
        {
            return;
        }

        var types = SingleThreadedTypes.Of(context, symbols);
        HashSet<ISymbol> ofCall = new(SymbolEqualityComparer.Default);
        foreach (IAnonymousFunctionOperation work in call.Delegates)
        {
            foreach (var uses in types.FindCaptured(work).GroupBy(use => use.FindVariable(), SymbolEqualityComparer.Default))
            {
                ISymbol variable = uses.Key!;
                bool isShared = !ofCall.Add(variable) || Repeats(call, work, variable) || HasSibling(call, variable, types, symbols);
                if (isShared && GroupLimit.Find(call, symbols) != 1)
                {
                    context.ReportDiagnostic(Diagnostic.Create(Rule, uses.First().Syntax.GetLocation(), variable.Name));
                }
            }
        }
    }

    // The delegate itself runs several times: over a source, in a loop, or from a selector.
    private static bool Repeats(GroupCall call, IAnonymousFunctionOperation work, ISymbol variable)
    {
        if (call.Kind == GroupCallKind.Combinator)
        {
            IArgumentOperation? limit = call.Invocation.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == "maxConcurrency");
            if (limit?.Value.Unwrap().ConstantValue is { HasValue: true, Value: 1 })
            {
                return false;
            }

            bool isFromSelector = work.Ancestors()
                .TakeWhile(ancestor => ancestor != call.Invocation)
                .Any(ancestor => ancestor is IAnonymousFunctionOperation selector && variable.IsDeclaredOutside(selector));
            if (limit is not null || isFromSelector)
            {
                return true;
            }
        }

        return Sequence.FindRepetition(call.Invocation) is { } repetition
            && variable.IsDeclaredOutside(repetition)
            && call.GroupVariable is { } group
            && group.IsDeclaredOutside(repetition);
    }

    private static bool HasSibling(GroupCall call, ISymbol variable, SingleThreadedTypes types, KnownSymbols symbols) =>
        call.GroupVariable is { } group && call.Invocation.FindRoot().Descendants().OfType<IInvocationOperation>().Any(other =>
            other != call.Invocation
            && Sequence.IsBefore(other, call.Invocation)
            && GroupCall.Find(other, symbols) is { Kind: not GroupCallKind.Body } sibling
            && SymbolEqualityComparer.Default.Equals(sibling.GroupVariable, group)
            && !Sequence.IsAwaitedBefore(other, call.Invocation)
            && sibling.Delegates.Any(work => types.FindCaptured(work).Any(use =>
                SymbolEqualityComparer.Default.Equals(use.FindVariable(), variable))));
}
