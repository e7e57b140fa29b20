namespace TaskGroups.Hosting;

/// <summary>
/// Tells a DI scope which group serves it: a request puts its group here when its services are first used, a child when its scope is
/// opened. A scope whose holder is empty opens a group of its own.
/// </summary>
/// <remarks>
/// One object per scope, resolved from the scope itself, so it works with every container. May be used from any thread.
/// <list type="table">
/// <listheader><term><c>_owner</c></term><description>Meaning</description></listheader>
/// <item><term><see langword="null"/></term><description>A scope with a group of its own, or a request whose services have not been used
/// yet.</description></item>
/// <item><term>an <see cref="ITaskGroup"/></term><description>The group of a request serves the scope, or one that was opened together
/// with the scope.</description></item>
/// <item><term>a <see cref="ChildScope"/></term><description>The scope of a child, whose group is nested in the
/// child's.</description></item>
/// <item><term><see cref="Root"/></term><description>The scope of the root provider, which has no group.</description></item>
/// </list>
/// </remarks>
internal sealed class ScopedGroupHolder
{
    private static readonly object Root = new();

    private object? _owner;

    /// <summary>The group that serves the scope; <see langword="null"/> if the scope has one of its own.</summary>
    public ITaskGroup? Group => Volatile.Read(ref _owner) as ITaskGroup;

    /// <summary>The child whose scope this is; <see langword="null"/> for other scopes.</summary>
    public ChildScope? Child => Volatile.Read(ref _owner) as ChildScope;

    /// <summary>Whether this is the holder of the root provider.</summary>
    public bool IsRoot => ReferenceEquals(Volatile.Read(ref _owner), Root);

    public void MarkRoot() => Volatile.Write(ref _owner, Root);

    /// <summary>Makes this the scope of a child. Called before anything else is resolved from the scope.</summary>
    public void Serve(ChildScope child) => Volatile.Write(ref _owner, child);

    /// <summary>Makes a group the scope's, unless it has one.</summary>
    /// <returns><see langword="false"/> if another group serves the scope, or if it is the root's.</returns>
    public bool TryServe(ITaskGroup group) =>
        Interlocked.CompareExchange(ref _owner, group, null) is not { } earlier || ReferenceEquals(earlier, group);
}
