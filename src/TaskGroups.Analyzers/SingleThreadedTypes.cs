using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>Types whose objects serve one caller at a time: <c>DbContext</c>, and those that <c>.editorconfig</c> names.</summary>
internal sealed class SingleThreadedTypes
{
    /// <summary>Names of types, with their namespaces, separated by commas.</summary>
    public const string Option = "taskgroups.single_threaded_types";

    private static readonly char[] Separators = [',', ';', ' '];

    private readonly ImmutableArray<INamedTypeSymbol> _types;

    private SingleThreadedTypes(ImmutableArray<INamedTypeSymbol> types) => _types = types;

    public static SingleThreadedTypes Of(OperationAnalysisContext context, KnownSymbols symbols)
    {
        IEnumerable<INamedTypeSymbol?> types = [symbols.DbContext];
        AnalyzerConfigOptions options = context.Options.AnalyzerConfigOptionsProvider.GetOptions(context.Operation.Syntax.SyntaxTree);
        if (options.TryGetValue(Option, out string? names))
        {
            types = types.Concat(names
                .Split(Separators, StringSplitOptions.RemoveEmptyEntries)
                .Select(context.Compilation.GetTypeByMetadataName));
        }

        return new SingleThreadedTypes([.. types.OfType<INamedTypeSymbol>()]);
    }

    /// <summary>References of the lambda to variables of such a type that are declared outside of it.</summary>
    public IEnumerable<IOperation> FindCaptured(IAnonymousFunctionOperation work) =>
        _types.IsEmpty
            ? []
            : work.Descendants().Where(operation =>
                operation is ILocalReferenceOperation or IParameterReferenceOperation or IMemberReferenceOperation
                && _types.Any(type => operation.Type.Is(type))
                && operation.FindVariable() is { } variable
                && variable.IsDeclaredOutside(work));
}
