using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0013: the middleware of request groups stands where it cannot do its work, or does not stand at all.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class MiddlewareOrderAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0013";

    /// <summary>The property of a diagnostic that says that the call is a second one.</summary>
    public const string Twice = nameof(Twice);

    private const string Middleware = "UseRequestTaskGroups";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Put UseRequestTaskGroups inside exception handling and before the endpoints",
        messageFormat: "UseRequestTaskGroups {0}",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The middleware joins the groups of the requests that pass it: once, inside the exception handling that answers for " +
            "their failures, and outside of the endpoints that use them.",
        helpLinkUri: "docs/analyzers/TG0013.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols)
    {
        if (symbols.ApplicationBuilder is not null)
        {
            context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);
        }
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var call = (IInvocationOperation)context.Operation;
        if (IsMiddleware(call))
        {
            CheckOrder(context, call, symbols);
        }
        else if (Endpoint.Find(call, symbols) is { } endpoint && endpoint.TakesGroup(symbols) && IsMissing(endpoint.Map, symbols))
        {
            Report(context, call, "is missing: this endpoint takes an ITaskGroup, and nothing joins it");
        }
    }

    private static void CheckOrder(OperationAnalysisContext context, IInvocationOperation call, KnownSymbols symbols)
    {
        if (FindPipeline(call) is not { } pipeline)
        {
            return;
        }

        bool isMapped = false;
        foreach (IInvocationOperation other in call.FindRoot().Descendants().OfType<IInvocationOperation>())
        {
            if (other == call || !SymbolEqualityComparer.Default.Equals(FindPipeline(other), pipeline))
            {
                continue;
            }

            bool isBefore = IsBefore(other, call);
            if (IsMiddleware(other) && isBefore)
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    Rule,
                    call.FindNameLocation(),
                    ImmutableDictionary<string, string?>.Empty.Add(Twice, null),
                    "is called twice on this pipeline, which fails at start: one call serves all endpoints"));
            }
            else if (other.TargetMethod.Name == "UseEndpoints" && isBefore)
            {
                Report(context, call, "stands after the endpoints, whose requests never come here");
            }
            else if (isBefore && !isMapped && Endpoint.IsMap(other.TargetMethod, symbols))
            {
                isMapped = true;
                Report(context, call, "stands after endpoints: only a WebApplication runs them last all the same, so put it before them");
            }
            else if (other.TargetMethod.Name == "UseExceptionHandler" && IsBefore(call, other))
            {
                Report(context, call, "stands outside of UseExceptionHandler, which then does not see what the join throws");
            }
        }
    }

    private static bool IsBefore(IInvocationOperation first, IInvocationOperation second) =>
        // On a chain, app.UseA().UseB(), the call to A is part of the call to B.
        first.Syntax.Span.End < second.Syntax.Span.End
        && first.FindFunction() == second.FindFunction()
        && (second.Syntax.Span.Contains(first.Syntax.Span) || Sequence.IsBefore(first, second));

    private static bool IsMiddleware(IInvocationOperation call) =>
        call.TargetMethod.Name == Middleware && call.TargetMethod.ContainingNamespace.ToDisplayString() == "Microsoft.AspNetCore.Builder";

    // Only where the application is built in this method, and every call on it is known, nothing out of sight can add the middleware.
    private static bool IsMissing(IInvocationOperation map, KnownSymbols symbols)
    {
        if (FindPipeline(map) is not ILocalSymbol { Type.Name: "WebApplication" } application)
        {
            return false;
        }

        IEnumerable<IOperation> uses = map.FindRoot().Descendants().Where(operation =>
            operation is ILocalReferenceOperation local && SymbolEqualityComparer.Default.Equals(local.Local, application));
        bool isOwn = false;
        foreach (IOperation use in uses)
        {
            if (use.Unwrap().FindUser() is IArgumentOperation { Parent: IInvocationOperation call })
            {
                if (IsMiddleware(call) || !IsOfFramework(call.TargetMethod))
                {
                    return false;
                }

                isOwn = true;
            }
            else if (use.Parent is not (IMemberReferenceOperation or IInvocationOperation or IConversionOperation))
            {
                return false;
            }
        }

        return isOwn && !map.FindRoot().Descendants().OfType<IInvocationOperation>().Any(IsMiddleware);
    }

    private static bool IsOfFramework(IMethodSymbol method) =>
        method.ContainingAssembly.Name.StartsWith("Microsoft.", StringComparison.Ordinal)
        || method.ContainingAssembly.Name.StartsWith("System.", StringComparison.Ordinal);

    private static ISymbol? FindPipeline(IInvocationOperation call)
    {
        IOperation? receiver = call;
        while (receiver is IInvocationOperation chained)
        {
            receiver = (chained.Instance ?? chained.Arguments.FirstOrDefault()?.Value)?.Unwrap();
        }

        return receiver?.FindVariable();
    }

    private static void Report(OperationAnalysisContext context, IInvocationOperation call, string what) =>
        context.ReportDiagnostic(Diagnostic.Create(Rule, call.FindNameLocation(), what));
}
