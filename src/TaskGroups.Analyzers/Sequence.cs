using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>Decides whether a child has ended before something else begins, as far as one method shows it.</summary>
internal static class Sequence
{
    /// <summary>The first operation stands before the second one, in the same function, on a path that reaches both.</summary>
    public static bool IsBefore(IOperation first, IOperation second) =>
        first.Syntax.Span.End <= second.Syntax.SpanStart
        && first.FindFunction() == second.FindFunction()
        && !ExcludeEachOther(first, second);

    /// <summary>The task that the call returns is awaited between the call and the other operation.</summary>
    public static bool IsAwaitedBefore(IOperation call, IOperation later)
    {
        if (TaskUse.IsAwaited(call))
        {
            return true;
        }

        return TaskUse.FindVariable(call) is ILocalSymbol local && call.FindRoot().Descendants().OfType<IAwaitOperation>().Any(await =>
            await.Syntax.SpanStart >= call.Syntax.Span.End
            && await.Syntax.Span.End <= later.Syntax.SpanStart
            && await.Mentions(local));
    }

    /// <summary>
    /// The loop, or the selector of a sequence, in which the call runs again while the child of the time before still runs.
    /// </summary>
    public static IOperation? FindRepetition(IOperation call)
    {
        IOperation? repetition = call.Ancestors().FirstOrDefault(ancestor =>
            ancestor is ILoopOperation or IAnonymousFunctionOperation or ILocalFunctionOperation);
        if (repetition is IAnonymousFunctionOperation lambda)
        {
            return lambda.Parent?.FindUser() is IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "Select" } select }
                ? select
                : null;
        }

        if (repetition is not ILoopOperation loop || TaskUse.IsAwaited(call) || TaskUse.IsReturned(call) || LeavesAfter(call, loop))
        {
            return null;
        }

        return TaskUse.FindVariable(call) is ILocalSymbol local
            && loop.Body.Descendants().OfType<IAwaitOperation>().Any(await => await.Mentions(local))
                ? null
                : loop;
    }

    /// <summary>The operation names the local somewhere.</summary>
    public static bool Mentions(this IOperation operation, ISymbol local) => operation.Descendants().Any(inner =>
        inner is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, local));

    private static bool ExcludeEachOther(IOperation first, IOperation second)
    {
        List<IOperation> path = [first, .. first.Ancestors()];
        IOperation branch = second;
        foreach (IOperation common in second.Ancestors())
        {
            int index = path.IndexOf(common);
            if (index > 0)
            {
                IOperation other = path[index - 1];
                return common switch
                {
                    IConditionalOperation conditional => other != conditional.Condition && branch != conditional.Condition,
                    ISwitchOperation or ISwitchExpressionOperation => other is ISwitchCaseOperation or ISwitchExpressionArmOperation,
                    _ => path.Take(index).Any(Leaves),
                };
            }

            branch = common;
        }

        return false;
    }

    private static bool LeavesAfter(IOperation call, IOperation loop) =>
        call.Ancestors().TakeWhile(ancestor => ancestor != loop).Any(Leaves);

    // A branch that ends the method, or the loop, is not followed by what stands below it.
    private static bool Leaves(IOperation operation) =>
        operation is IReturnOperation
        || (operation is IBlockOperation block && block.Operations.LastOrDefault() is IReturnOperation { IsImplicit: false }
            or IBranchOperation
            or IExpressionStatementOperation { Operation: IThrowOperation }
            or IThrowOperation);
}
