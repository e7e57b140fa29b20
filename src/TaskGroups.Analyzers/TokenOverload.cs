using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>Finds the overload of a called method that takes a token beside the same parameters.</summary>
internal static class TokenOverload
{
    /// <summary>The token's parameter in the overload; <see langword="null"/> if there is none.</summary>
    public static IParameterSymbol? Find(IInvocationOperation call, ISymbol caller, KnownSymbols symbols)
    {
        IMethodSymbol called = (call.TargetMethod.ReducedFrom ?? call.TargetMethod).OriginalDefinition;
        if (called.Parameters.Any(parameter => symbols.IsToken(parameter.Type)))
        {
            return null;
        }

        foreach (IMethodSymbol overload in called.ContainingType.GetMembers(called.Name).OfType<IMethodSymbol>())
        {
            if (TakesTokenToo(overload, called, symbols) && IsUsable(overload, caller, call))
            {
                return overload.Parameters[overload.Parameters.Length - 1];
            }
        }

        return null;
    }

    private static bool IsUsable(IMethodSymbol overload, ISymbol caller, IInvocationOperation call) =>
        call.SemanticModel!.IsAccessible(call.Syntax.SpanStart, overload)
        && !SymbolEqualityComparer.Default.Equals(overload, (caller as IMethodSymbol)?.OriginalDefinition)
        && !overload.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "ObsoleteAttribute");

    private static bool TakesTokenToo(IMethodSymbol overload, IMethodSymbol called, KnownSymbols symbols) =>
        overload.Parameters.Length == called.Parameters.Length + 1
        && overload.IsStatic == called.IsStatic
        && overload.Arity == called.Arity
        && symbols.IsToken(overload.Parameters[overload.Parameters.Length - 1].Type)
        && IsSame(overload.ReturnType, called.ReturnType)
        && called.Parameters.All(parameter => parameter.RefKind == overload.Parameters[parameter.Ordinal].RefKind
            && IsSame(parameter.Type, overload.Parameters[parameter.Ordinal].Type));

    // Type parameters of two overloads are different symbols: their places decide.
    private static bool IsSame(ITypeSymbol one, ITypeSymbol other) => (one, other) switch
    {
        (ITypeParameterSymbol a, ITypeParameterSymbol b) => a.Ordinal == b.Ordinal && a.TypeParameterKind == b.TypeParameterKind,
        (INamedTypeSymbol { IsGenericType: true } a, INamedTypeSymbol { IsGenericType: true } b) =>
            SymbolEqualityComparer.Default.Equals(a.OriginalDefinition, b.OriginalDefinition)
            && a.TypeArguments.Zip(b.TypeArguments, IsSame).All(same => same),
        (IArrayTypeSymbol a, IArrayTypeSymbol b) => a.Rank == b.Rank && IsSame(a.ElementType, b.ElementType),
        _ => SymbolEqualityComparer.Default.Equals(one, other),
    };
}
