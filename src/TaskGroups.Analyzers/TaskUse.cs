using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>What becomes of a task that a call returns.</summary>
internal static class TaskUse
{
    /// <summary>The task is neither awaited, nor returned, nor handed on: nothing can learn how it ended.</summary>
    public static bool IsDropped(IOperation task) => task.FindUser() switch
    {
        IExpressionStatementOperation => true,
        ISimpleAssignmentOperation { Target: IDiscardOperation, Parent: IExpressionStatementOperation } => true,
        ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local }, Parent: IExpressionStatementOperation } =>
            !IsRead(local, task),
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } } => !IsRead(local, task),
        _ => false,
    };

    public static bool IsAwaited(IOperation task) => task.FindUser() is IAwaitOperation;

    /// <summary>The task is what its function returns.</summary>
    public static bool IsReturned(IOperation task) => task.FindUser() is IReturnOperation;

    /// <summary>Where the task of a call is kept: the local, parameter, field or property that it is assigned to.</summary>
    public static ISymbol? FindVariable(IOperation call) => call.FindUser() switch
    {
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } => declarator.Symbol,
        ISimpleAssignmentOperation assignment => assignment.Target.FindVariable(),
        _ => null,
    };

    private static bool IsRead(ILocalSymbol local, IOperation near) => near.FindRoot().Descendants().Any(operation =>
        operation is ILocalReferenceOperation reference
        && SymbolEqualityComparer.Default.Equals(reference.Local, local)
        && !(reference.Parent is ISimpleAssignmentOperation assignment && assignment.Target == reference));
}
