using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0007: a type that lives as long as the application asks for the group of a scope.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class LongLivedGroupAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0007";

    private const string Title = "A singleton has no scope's group";
    private const string MessageFormat =
        "'{0}' lives as long as the application, ITaskGroup as long as one scope: take an IBackgroundTaskGroup";

    private const string Description = "ITaskGroup is a scoped service. The container refuses it to a singleton or a hosted service, or, " +
        "where scopes are not validated, hands out one that is never joined.";

    private const string HelpLinkUri = "docs/analyzers/TG0007.md";

    // A hosted service is known by its type, a singleton by its registration, which may stand anywhere in the compilation.
    private static readonly DiagnosticDescriptor OfHostedService = new(
        Id,
        Title,
        MessageFormat,
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        Description,
        HelpLinkUri);

    private static readonly DiagnosticDescriptor OfSingleton = new(
        Id,
        Title,
        MessageFormat,
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        Description,
        HelpLinkUri,
        WellKnownDiagnosticTags.CompilationEnd);

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [OfHostedService, OfSingleton];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols)
    {
        ConcurrentBag<IParameterSymbol> parameters = [];
        ConcurrentDictionary<INamedTypeSymbol, bool> singletons = new(SymbolEqualityComparer.Default);
        context.RegisterSymbolAction(
            symbol => CheckConstructors(symbol, parameters, symbols),
            SymbolKind.NamedType);
        context.RegisterOperationAction(
            operation => CollectSingleton((IInvocationOperation)operation.Operation, singletons, symbols),
            OperationKind.Invocation);
        context.RegisterCompilationEndAction(end =>
        {
            foreach (IParameterSymbol parameter in parameters)
            {
                if (singletons.ContainsKey(parameter.ContainingType.OriginalDefinition))
                {
                    end.ReportDiagnostic(Diagnostic.Create(OfSingleton, parameter.Locations[0], parameter.ContainingType.Name));
                }
            }
        });
    }

    private static void CheckConstructors(
        SymbolAnalysisContext context, ConcurrentBag<IParameterSymbol> parameters, KnownSymbols symbols)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        foreach (IParameterSymbol parameter in type.InstanceConstructors.SelectMany(constructor => constructor.Parameters))
        {
            if (!parameter.Type.IsExactly(symbols.Group) || !parameter.GetAttributes().IsEmpty || type.IsAbstract)
            {
                continue;
            }

            if (type.Is(symbols.HostedService))
            {
                context.ReportDiagnostic(Diagnostic.Create(OfHostedService, parameter.Locations[0], type.Name));
            }
            else
            {
                parameters.Add(parameter);
            }
        }
    }

    private static void CollectSingleton(
        IInvocationOperation call, ConcurrentDictionary<INamedTypeSymbol, bool> singletons, KnownSymbols symbols)
    {
        IMethodSymbol method = call.TargetMethod.ReducedFrom ?? call.TargetMethod;
        if (method.Name is not ("AddSingleton" or "TryAddSingleton" or "AddKeyedSingleton" or "TryAddKeyedSingleton" or "AddHostedService")
            || !method.IsExtensionMethod
            || !method.Parameters[0].Type.IsExactly(symbols.ServiceCollection))
        {
            return;
        }

        // With a factory the constructor may be given anything.
        if (call.Arguments.Any(argument => argument.Parameter?.Type.TypeKind == TypeKind.Delegate))
        {
            return;
        }

        ITypeSymbol? implementation = call.TargetMethod.TypeArguments.LastOrDefault()
            ?? call.Arguments.Select(argument => argument.Value.Unwrap()).OfType<ITypeOfOperation>().LastOrDefault()?.TypeOperand;
        if (implementation is INamedTypeSymbol type && call.Arguments.All(argument => !argument.Value.Type.Is(type)))
        {
            singletons.TryAdd(type.OriginalDefinition, true);
        }
    }
}
