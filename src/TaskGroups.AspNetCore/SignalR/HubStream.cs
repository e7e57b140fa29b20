using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace TaskGroups.AspNetCore;

/// <summary>
/// How the stream that a hub's method returns is joined: what stands around it joins the invocation's group when the stream ends. SignalR
/// takes the stream by its declared type, so there is one kind for each.
/// </summary>
internal abstract class HubStream
{
    /// <summary>Whether code for this type of item exists: of values there is none in an application that is compiled ahead of
    /// time.</summary>
    public virtual bool CanJoin => true;

    /// <summary>Finds the kind of a method's stream; <see langword="null"/> if the method returns none.</summary>
    public static HubStream? Of(MethodInfo method)
    {
        Type type = method.ReturnType;
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var task && (task == typeof(Task<>) || task == typeof(ValueTask<>)))
        {
            type = type.GenericTypeArguments[0];
        }

        if (ItemOf(type, typeof(IAsyncEnumerable<>)) is { } item)
        {
            return Make(typeof(OfItems<>), item);
        }

        for (Type? each = type; each is not null; each = each.BaseType)
        {
            if (each.IsGenericType && each.GetGenericTypeDefinition() == typeof(ChannelReader<>))
            {
                return Make(typeof(OfChannel<>), each.GenericTypeArguments[0]);
            }
        }

        return null;
    }

    /// <summary>Puts the join around a stream.</summary>
    public abstract object Join(object stream, HubInvocation invocation);

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "SignalR keeps the interfaces of what it streams.")]
    private static Type? ItemOf(Type type, Type open)
    {
        Type? closed = type.IsGenericType && type.GetGenericTypeDefinition() == open
            ? type
            : Array.Find(type.GetInterfaces(), each => each.IsGenericType && each.GetGenericTypeDefinition() == open);
        return closed?.GenericTypeArguments[0];
    }

    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The types have no requirements on their items.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Items that are values have no such code, and are left out.")]
    private static HubStream Make(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] Type kind, Type item) =>
        item.IsValueType && !RuntimeFeature.IsDynamicCodeSupported
            ? new OfUnknown()
            : (HubStream)Activator.CreateInstance(kind.MakeGenericType(item))!;

    private sealed class OfItems<T> : HubStream
    {
        public override object Join(object stream, HubInvocation invocation) =>
            new JoinedStream<T>((IAsyncEnumerable<T>)stream, invocation);
    }

    private sealed class OfChannel<T> : HubStream
    {
        public override object Join(object stream, HubInvocation invocation) =>
            new JoinedChannelReader<T>((ChannelReader<T>)stream, invocation);
    }

    private sealed class OfUnknown : HubStream
    {
        public override bool CanJoin => false;

        public override object Join(object stream, HubInvocation invocation) => stream;
    }
}
