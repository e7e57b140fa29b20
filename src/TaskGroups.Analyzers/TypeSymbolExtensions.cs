using Microsoft.CodeAnalysis;

namespace TaskGroups.Analyzers;

/// <summary>Questions about types that all rules ask.</summary>
internal static class TypeSymbolExtensions
{
    /// <summary>The type, or the definition of a constructed one, is <paramref name="other"/>.</summary>
    public static bool IsExactly(this ITypeSymbol? type, INamedTypeSymbol? other) =>
        type is not null && other is not null && SymbolEqualityComparer.Default.Equals(type.OriginalDefinition, other);

    /// <summary>The type is <paramref name="other"/>, derives from it or implements it.</summary>
    public static bool Is(this ITypeSymbol? type, INamedTypeSymbol? other)
    {
        if (type is null || other is null)
        {
            return false;
        }

        if (type is ITypeParameterSymbol parameter)
        {
            foreach (ITypeSymbol constraint in parameter.ConstraintTypes)
            {
                if (constraint.Is(other))
                {
                    return true;
                }
            }

            return false;
        }

        for (ITypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            if (current.IsExactly(other))
            {
                return true;
            }
        }

        if (other.TypeKind == TypeKind.Interface)
        {
            foreach (INamedTypeSymbol implemented in type.AllInterfaces)
            {
                if (implemented.IsExactly(other))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A delegate's <c>Invoke</c>, also of the elements of a sequence of delegates.</summary>
    public static IMethodSymbol? FindInvoke(this ITypeSymbol type) => type switch
    {
        INamedTypeSymbol { DelegateInvokeMethod: { } invoke } => invoke,
        INamedTypeSymbol { TypeArguments.Length: 1 } sequence => (sequence.TypeArguments[0] as INamedTypeSymbol)?.DelegateInvokeMethod,
        IArrayTypeSymbol { ElementType: INamedTypeSymbol { DelegateInvokeMethod: { } invoke } } => invoke,
        _ => null,
    };
}
