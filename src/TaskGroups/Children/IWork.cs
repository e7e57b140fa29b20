namespace TaskGroups;

/// <summary>A delegate of the user with all that it needs to be called.</summary>
/// <remarks>Value types, so that each kind has machine code of its own: no closure, and no indirection but the delegate.</remarks>
internal interface IWork
{
    /// <summary>Calls the delegate.</summary>
    Task? Invoke(CancellationToken cancellationToken);

    /// <inheritdoc cref="IResultKind{TTask}.FromException(Exception)"/>
    static abstract Task FromException(Exception exception);
}

/// <summary>The work of a child.</summary>
internal interface IChildWork : IWork
{
    /// <summary>The work of a child whose failure fails nobody; <see langword="null"/> for others.</summary>
    IOptionalWork? Optional { get; }

    /// <summary>Makes a child that goes through the queue, with the task that is handed out for it.</summary>
    IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token);
}
