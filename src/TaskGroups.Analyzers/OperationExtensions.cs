using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>Walks through operations that all rules take.</summary>
internal static class OperationExtensions
{
    /// <summary>The operation below conversions, parentheses, delegate creations and <c>ConfigureAwait</c>.</summary>
    public static IOperation Unwrap(this IOperation operation)
    {
        while (true)
        {
            IOperation? inner = operation switch
            {
                IConversionOperation conversion => conversion.Operand,
                IParenthesizedOperation parenthesized => parenthesized.Operand,
                IDelegateCreationOperation creation => creation.Target,
                IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } instance } => instance,
                _ => null,
            };
            if (inner is null)
            {
                return operation;
            }

            operation = inner;
        }
    }

    /// <summary>The operation that uses this one, beyond conversions, parentheses, <c>?.</c> and <c>ConfigureAwait</c>.</summary>
    public static IOperation? FindUser(this IOperation operation)
    {
        IOperation? user = operation.Parent;
        while (user is IConversionOperation or IParenthesizedOperation or IConditionalAccessOperation
            || user is IInvocationOperation { TargetMethod.Name: "ConfigureAwait" })
        {
            user = user.Parent;
        }

        return user;
    }

    /// <summary>The variable that an expression names: a local, a parameter, a field or property of this object.</summary>
    public static ISymbol? FindVariable(this IOperation operation) => operation.Unwrap() switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IMemberReferenceOperation { Instance: null or IInstanceReferenceOperation } member => member.Member,
        _ => null,
    };

    public static IOperation FindRoot(this IOperation operation)
    {
        while (operation.Parent is { } parent)
        {
            operation = parent;
        }

        return operation;
    }

    public static IEnumerable<IOperation> Ancestors(this IOperation operation)
    {
        for (IOperation? current = operation.Parent; current is not null; current = current.Parent)
        {
            yield return current;
        }
    }

    /// <summary>The lambda or local function that the operation is in; <see langword="null"/> in the method itself.</summary>
    public static IOperation? FindFunction(this IOperation operation) =>
        operation.Ancestors().FirstOrDefault(ancestor => ancestor is IAnonymousFunctionOperation or ILocalFunctionOperation);

    public static bool IsInAsyncFunction(this IOperation operation, ISymbol containing) => operation.FindFunction() switch
    {
        IAnonymousFunctionOperation lambda => lambda.Symbol.IsAsync,
        ILocalFunctionOperation local => local.Symbol.IsAsync,
        _ => containing is IMethodSymbol { IsAsync: true },
    };

    /// <summary>What a child does itself: without what is in lambdas that have a token of their own, which are other children.</summary>
    public static IEnumerable<IOperation> OwnOperations(this IOperation operation, KnownSymbols symbols)
    {
        foreach (IOperation child in operation.ChildOperations)
        {
            if (child is IAnonymousFunctionOperation function && GroupMethods.IsWork(function.Symbol, symbols))
            {
                continue;
            }

            yield return child;
            foreach (IOperation inner in child.OwnOperations(symbols))
            {
                yield return inner;
            }
        }
    }

    /// <summary>What runs when the function itself runs: without what is in other lambdas and local functions.</summary>
    public static IEnumerable<IOperation> OperationsOfFunction(this IOperation operation)
    {
        foreach (IOperation child in operation.ChildOperations)
        {
            if (child is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                continue;
            }

            yield return child;
            foreach (IOperation inner in child.OperationsOfFunction())
            {
                yield return inner;
            }
        }
    }

    /// <summary>The symbol is declared outside of the function, and so captured by it.</summary>
    public static bool IsDeclaredOutside(this ISymbol symbol, IOperation function) =>
        !symbol.DeclaringSyntaxReferences.Any(reference =>
            reference.SyntaxTree == function.Syntax.SyntaxTree && function.Syntax.Span.Contains(reference.Span));

    /// <summary>What a local is set to, if it is set only once, where it is declared.</summary>
    public static IOperation? FindOnlyValue(this ILocalReferenceOperation reference)
    {
        IOperation? value = null;
        foreach (IOperation operation in reference.FindRoot().Descendants())
        {
            if (operation is IVariableDeclaratorOperation declarator
                && SymbolEqualityComparer.Default.Equals(declarator.Symbol, reference.Local))
            {
                value = declarator.GetVariableInitializer()?.Value;
            }
            else if (operation is ILocalReferenceOperation other
                && SymbolEqualityComparer.Default.Equals(other.Local, reference.Local)
                && other.IsWritten())
            {
                return null;
            }
        }

        return value;
    }

    /// <summary>The reference is the target of an assignment, or is handed on by reference.</summary>
    public static bool IsWritten(this IOperation reference) => reference.Parent switch
    {
        IAssignmentOperation assignment => assignment.Target == reference,
        IIncrementOrDecrementOperation => true,
        IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } => true,
        ITupleOperation { Parent: IDeconstructionAssignmentOperation deconstruction } => deconstruction.Target == reference.Parent,
        _ => false,
    };

    public static IOperation? FindConditionalReceiver(this IConditionalAccessInstanceOperation instance) =>
        instance.Ancestors().OfType<IConditionalAccessOperation>().FirstOrDefault()?.Operation;

    /// <summary>Where a call is reported: at the method's name, not the whole of a long call.</summary>
    public static Location FindNameLocation(this IInvocationOperation invocation) => invocation.Syntax switch
    {
        InvocationExpressionSyntax { Expression: var called } => called switch
        {
            MemberAccessExpressionSyntax access => access.Name.GetLocation(),
            MemberBindingExpressionSyntax binding => binding.Name.GetLocation(),
            _ => called.GetLocation(),
        },
        var syntax => syntax.GetLocation(),
    };
}
