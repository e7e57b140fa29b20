using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0004: background work, or a job, holds what ends with the request that started it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class RequestCaptureAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0004";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Background work outlives the request",
        messageFormat: "'{0}' ends with the request, and this background work may run longer",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Background children and jobs belong to the application and run on after the response. What the request owns (its " +
            "HttpContext, its services, its group) is disposed by then, or serves another request.",
        helpLinkUri: "docs/analyzers/TG0004.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var invocation = (IInvocationOperation)context.Operation;
        if (GroupCall.Find(invocation, symbols) is { IsBackground: true } call)
        {
            // A child that is awaited here ends before the request does.
            if (call.Kind != GroupCallKind.Child || !TaskUse.IsAwaited(invocation))
            {
                foreach (IAnonymousFunctionOperation work in call.Delegates)
                {
                    CheckCaptures(context, work, symbols);
                }
            }
        }
        else if (invocation.TargetMethod is { Name: "EnqueueAsync", TypeArguments.Length: 1 } enqueue
            && enqueue.ContainingType.Is(symbols.Jobs)
            && FindInJob(enqueue.TypeArguments[0], symbols) is { } held)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, invocation.Arguments[0].Syntax.GetLocation(), held));
        }
    }

    private static void CheckCaptures(OperationAnalysisContext context, IAnonymousFunctionOperation work, KnownSymbols symbols)
    {
        HashSet<ISymbol> reported = new(SymbolEqualityComparer.Default);
        foreach (IOperation operation in work.Descendants())
        {
            if (RequestCapture.Find(operation, work, symbols) is { } captured && reported.Add(captured))
            {
                string name = captured is INamedTypeSymbol type ? $"this {type.Name}" : captured.Name;
                context.ReportDiagnostic(Diagnostic.Create(Rule, operation.Syntax.GetLocation(), name));
            }
        }
    }

    private static string? FindInJob(ITypeSymbol job, KnownSymbols symbols) =>
        RequestCapture.IsOfRequest(job, symbols)
            ? job.Name
            : job.GetMembers().OfType<IPropertySymbol>().FirstOrDefault(property =>
                !property.IsStatic && RequestCapture.IsOfRequest(property.Type, symbols))?.Name
                ?? job.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(field =>
                    !field.IsStatic && !field.IsImplicitlyDeclared && RequestCapture.IsOfRequest(field.Type, symbols))?.Name;
}
