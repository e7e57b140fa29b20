using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0009: an endpoint joins its group before the result although it streams, or does not although it could.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class EndpointGroupAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0009";

    /// <summary>The method that joins an endpoint's group before its result is written.</summary>
    public const string WithTaskGroup = nameof(WithTaskGroup);

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Join before the result, unless it streams",
        messageFormat: "WithTaskGroup joins the group before the result is written: {0}",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "WithTaskGroup joins before the result is written: right for an answer in one piece, wrong for one that streams.",
        helpLinkUri: "docs/analyzers/TG0009.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols)
    {
        if (symbols.EndpointRouteBuilder is not null)
        {
            context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);
        }
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (Endpoint.Find(context.Operation, symbols) is not { } endpoint)
        {
            return;
        }

        bool? streams = endpoint.Streams(symbols);
        if (streams == true && FindOnChain(endpoint.Map, WithTaskGroup) is { } joins && endpoint.UsesGroup(symbols))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule, joins.FindNameLocation(), "this result uses the group while it is written"));
        }
        else if (streams == false && endpoint.TakesGroup(symbols) && LacksGroup(endpoint, symbols))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule, endpoint.Map.FindNameLocation(), "without it a child of this endpoint that fails late cannot change the answer"));
        }
    }

    private static bool LacksGroup(Endpoint endpoint, KnownSymbols symbols)
    {
        if (FindOnChain(endpoint.Map, WithTaskGroup, "DisableTaskGroup") is not null
            || endpoint.Handler.GetAttributes().Any(attribute =>
                attribute.AttributeClass?.Name is "TaskGroupAttribute" or "DisableTaskGroupAttribute"))
        {
            return false;
        }

        // The builder is kept, returned or handed on: something out of sight may add it.
        IOperation last = endpoint.Map;
        while (FindNext(last) is { } next)
        {
            last = next;
        }

        return last.FindUser() is IExpressionStatementOperation && IsBare(FindReceiver(endpoint.Map), symbols);
    }

    // The application itself, or a group of routes that begins in this method, without the call.
    private static bool IsBare(IOperation? routes, KnownSymbols symbols)
    {
        switch (routes?.Unwrap())
        {
            case ILocalReferenceOperation { Local.Type.Name: "WebApplication" }:
                return true;
            case ILocalReferenceOperation local:
                bool isSetLater = local.FindRoot().Descendants().OfType<IInvocationOperation>().Any(call =>
                    call.TargetMethod.Name == WithTaskGroup
                    && FindReceiver(call)?.Unwrap() is ILocalReferenceOperation other
                    && SymbolEqualityComparer.Default.Equals(other.Local, local.Local));
                return !isSetLater && IsBare(local.FindOnlyValue(), symbols);
            case IInvocationOperation { TargetMethod.Name: WithTaskGroup }:
                return false;
            case IInvocationOperation call:
                return IsBare(FindReceiver(call), symbols);
            case { Type.Name: "WebApplication" }:
                return true;
            default:
                return false;
        }
    }

    private static IInvocationOperation? FindOnChain(IOperation map, params string[] names)
    {
        for (IInvocationOperation? next = FindNext(map); next is not null; next = FindNext(next))
        {
            if (names.Contains(next.TargetMethod.Name))
            {
                return next;
            }
        }

        return null;
    }

    private static IInvocationOperation? FindNext(IOperation call) => call.FindUser() switch
    {
        IArgumentOperation { Parameter.Ordinal: 0, Parent: IInvocationOperation { TargetMethod.IsExtensionMethod: true } next } => next,
        IInvocationOperation next => next,
        _ => null,
    };

    private static IOperation? FindReceiver(IInvocationOperation call) => call.Instance ?? call.Arguments.FirstOrDefault()?.Value;
}
