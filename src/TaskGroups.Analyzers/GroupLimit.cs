using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>Finds how many children a group runs at once, where it is opened in the same method.</summary>
internal static class GroupLimit
{
    /// <summary>What <c>MaxConcurrency</c> is set to; <see langword="null"/> if it is not seen to be set.</summary>
    /// <remarks>An expression that is no constant counts as a limit of 2 or more.</remarks>
    public static int? Find(GroupCall call, KnownSymbols symbols)
    {
        IOperation? options = FindOpening(call, symbols)?.Arguments
            .FirstOrDefault(argument => argument.Parameter?.Type.IsExactly(symbols.GroupOptions) == true)
            ?.Value.Unwrap();
        if (options is ILocalReferenceOperation local)
        {
            options = local.FindOnlyValue()?.Unwrap();
        }

        IOperation? limit = (options as IObjectCreationOperation)?.Initializer?.Initializers
            .OfType<ISimpleAssignmentOperation>()
            .FirstOrDefault(assignment => assignment.Target is IPropertyReferenceOperation { Property.Name: "MaxConcurrency" })
            ?.Value.Unwrap();
        return limit switch
        {
            null => null,
            { ConstantValue: { HasValue: true, Value: int value } } => value,
            { ConstantValue.HasValue: true } => null,
            _ => 2,
        };
    }

    /// <summary>The call whose body has the group as its parameter.</summary>
    public static IInvocationOperation? FindOpening(GroupCall call, KnownSymbols symbols) =>
        call.GroupVariable is not IParameterSymbol group
            ? null
            : call.Invocation.Ancestors().OfType<IInvocationOperation>().FirstOrDefault(opening =>
                symbols.KindOf(opening.TargetMethod) == GroupCallKind.Body
                && GroupCall.Find(opening, symbols)!.Delegates.Any(body =>
                    SymbolEqualityComparer.Default.Equals(body.Symbol, group.ContainingSymbol)));
}
