using System;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace TaskGroups.Analyzers;

/// <summary>Tells the library's methods by their signatures, so that a new one needs no entry in a list.</summary>
internal static class GroupMethods
{
    /// <summary>What a declared method (not reduced, not constructed) does with its delegates.</summary>
    public static GroupCallKind Classify(IMethodSymbol method, KnownSymbols symbols)
    {
        if (!IsOurs(method, symbols))
        {
            return GroupCallKind.None;
        }

        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (parameter.Type.FindInvoke() is not { } invoke || !symbols.IsTask(invoke.ReturnType))
            {
                continue;
            }

            if (IsWork(invoke, symbols))
            {
                // The library's own convention: what ends in Async must be awaited, the rest is awaited by the group.
                return method.Name.EndsWith("Async", StringComparison.Ordinal) ? GroupCallKind.Combinator : GroupCallKind.Child;
            }

            if (invoke.Parameters.Length == 1
                && (symbols.IsGroup(invoke.Parameters[0].Type) || invoke.Parameters[0].Type.IsExactly(symbols.ServiceProvider)))
            {
                return GroupCallKind.Body;
            }
        }

        return GroupCallKind.None;
    }

    /// <summary>The delegate is given a token, as its last parameter.</summary>
    public static bool IsWork(IMethodSymbol invoke, KnownSymbols symbols) =>
        invoke.Parameters.Length > 0 && symbols.IsToken(invoke.Parameters[invoke.Parameters.Length - 1].Type);

    /// <summary>A member of a group or of a group's extensions, or another method of the library that starts children.</summary>
    public static bool IsOurs(IMethodSymbol method, KnownSymbols symbols)
    {
        if (method.IsExtensionMethod)
        {
            ITypeSymbol extended = method.Parameters[0].Type;
            return symbols.IsGroup(extended)
                ? IsOurNamespace(method.ContainingNamespace)
                : extended.IsExactly(symbols.ServiceCollection) && method.Name == "AddBackgroundTask";
        }

        return IsMember(method, symbols.Group, symbols)
            || IsMember(method, symbols.BackgroundGroup, symbols)
            || IsMember(method, symbols.GroupFactory, symbols)
            || (method.IsStatic && method.ContainingType.IsExactly(symbols.TaskGroup));
    }

    private static bool IsMember(IMethodSymbol method, INamedTypeSymbol? contract, KnownSymbols symbols)
    {
        if (contract is null || method.IsStatic)
        {
            return false;
        }

        while (method.OverriddenMethod is { } overridden)
        {
            method = overridden;
        }

        INamedTypeSymbol type = method.ContainingType;
        return type.IsExactly(contract)
            || (type.Is(contract) && contract.GetMembers(method.Name).Any(member =>
                SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(member), method)));
    }

    private static bool IsOurNamespace(INamespaceSymbol? space) => space?.ToDisplayString() is
        "TaskGroups" or "TaskGroups.Hosting" or "TaskGroups.AspNetCore" or "TaskGroups.Jobs" or "TaskGroups.Grpc";
}
