using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>A call that hands delegates to a group: which group, and which delegates can be seen.</summary>
internal sealed class GroupCall
{
    private GroupCall(IInvocationOperation invocation, GroupCallKind kind, KnownSymbols symbols)
    {
        Invocation = invocation;
        Kind = kind;
        Group = FindGroup(invocation, symbols);
        IsBackground = Group is null ? invocation.TargetMethod.Name == "AddBackgroundTask" : symbols.IsBackgroundGroup(Group.Type);
        Delegates = [.. invocation.Arguments.SelectMany(argument => FindDelegates(argument, symbols))];
    }

    public IInvocationOperation Invocation { get; }

    public GroupCallKind Kind { get; }

    /// <summary>The group that the call is made on; <see langword="null"/> where the call opens a root.</summary>
    public IOperation? Group { get; }

    /// <summary>The children belong to the application, and outlive the request.</summary>
    public bool IsBackground { get; }

    /// <summary>The lambdas that become children or bodies, in the order of the source.</summary>
    public ImmutableArray<IAnonymousFunctionOperation> Delegates { get; }

    public string Name => Invocation.TargetMethod.Name;

    /// <summary>The call as one of the library's; <see langword="null"/> if it is another.</summary>
    public static GroupCall? Find(IOperation? operation, KnownSymbols symbols) =>
        operation is IInvocationOperation invocation && symbols.KindOf(invocation.TargetMethod) is var kind and not GroupCallKind.None
            ? new GroupCall(invocation, kind, symbols)
            : null;

    /// <summary>The call that a task comes from: the operation itself, or what a local that is set only once begins with.</summary>
    public static GroupCall? FindSource(IOperation task, KnownSymbols symbols)
    {
        IOperation value = task.Unwrap();
        return Find(value is ILocalReferenceOperation local ? local.FindOnlyValue()?.Unwrap() : value, symbols);
    }

    /// <summary>The expression with which the group is named is a variable: which one.</summary>
    public ISymbol? GroupVariable => Group?.FindVariable();

    private static IOperation? FindGroup(IInvocationOperation invocation, KnownSymbols symbols)
    {
        IOperation? receiver = invocation.TargetMethod.IsExtensionMethod && invocation.Instance is null
            ? invocation.Arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == 0)?.Value
            : invocation.Instance;
        if (receiver is IConditionalAccessInstanceOperation instance)
        {
            receiver = instance.FindConditionalReceiver();
        }

        receiver = receiver?.Unwrap();
        return symbols.IsGroup(receiver?.Type) ? receiver : null;
    }

    private static IEnumerable<IAnonymousFunctionOperation> FindDelegates(IArgumentOperation argument, KnownSymbols symbols)
    {
        if (argument.Parameter?.OriginalDefinition.Type.FindInvoke() is not { } invoke || !symbols.IsTask(invoke.ReturnType))
        {
            return [];
        }

        IOperation value = argument.Value.Unwrap();
        return value is IAnonymousFunctionOperation only ? [only] : FindWork(value, symbols);
    }

    // Of a sequence: its elements, and what a selector returns, as in urls.Select(url => (Work)(ct => GetAsync(url, ct))).
    private static IEnumerable<IAnonymousFunctionOperation> FindWork(IOperation sequence, KnownSymbols symbols)
    {
        foreach (IOperation child in sequence.ChildOperations)
        {
            if (child is IAnonymousFunctionOperation function && GroupMethods.IsWork(function.Symbol, symbols))
            {
                yield return function;
                continue;
            }

            foreach (IAnonymousFunctionOperation inner in FindWork(child, symbols))
            {
                yield return inner;
            }
        }
    }
}
