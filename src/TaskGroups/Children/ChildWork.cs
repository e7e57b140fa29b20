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
    /// <summary>What the delegate is given, if it is an object.</summary>
    object? State { get; }

    /// <summary>What the delegate is given, boxed if it is a value.</summary>
    object? BoxedState { get; }

    /// <summary>Makes the task that is handed out for a queued child.</summary>
    static abstract IChildCompletion CreateCompletion();
}

/// <summary>The state of a child that hands its own failures to the code that started it, and does not fail the group.</summary>
internal interface IOptionalWork : IHiddenState
{
    /// <summary>Sets the group that took the child: behind a wrapper it may be another one than before.</summary>
    ITaskGroup Group
    {
        set
        {
        }
    }

    /// <summary>What the work failed with; empty if it did not.</summary>
    IReadOnlyList<Exception> Failures { get; }

    /// <summary>Whether an await elsewhere throws the first of the <see cref="Failures"/>.</summary>
    bool IsFailureThrown { get; }

    /// <summary>The child will never be invoked, because its group was canceled.</summary>
    void CancelBeforeStart();
}

/// <summary>The state of a child whose failures are reported once it is known whether an await throws them.</summary>
internal interface IHeldWork : IHiddenState
{
    /// <summary>What the work failed with; empty if it did not.</summary>
    IReadOnlyList<Exception> Failures { get; }

    /// <summary>Whether an await throws the first of the <see cref="Failures"/>: to be asked once that is known.</summary>
    bool IsFailureThrown { get; }

    /// <summary>Takes the report of the failures over until it is known whether an await throws them.</summary>
    /// <returns>Whether it is taken over; if not, it is known.</returns>
    bool TryHold(string name, TimeSpan elapsed);
}

/// <summary>A child without a value.</summary>
internal readonly struct ChildWork(Func<CancellationToken, Task> work) : IChildWork
{
    public object? State => null;

    public object? BoxedState => null;

    public static Task FromException(Exception exception) => VoidResult.FromException(exception);

    public static IChildCompletion CreateCompletion() => new ChildCompletion();

    public Task? Invoke(CancellationToken cancellationToken) => work(cancellationToken);
}

/// <summary>A child that yields a value.</summary>
internal readonly struct ChildWork<TResult>(Func<CancellationToken, Task<TResult>> work) : IChildWork
{
    public object? State => null;

    public object? BoxedState => null;

    public static Task FromException(Exception exception) => ValueResult<TResult>.FromException(exception);

    public static IChildCompletion CreateCompletion() => new ChildCompletion<TResult>();

    public Task? Invoke(CancellationToken cancellationToken) => work(cancellationToken);
}

/// <summary>A child without a value that is given a state.</summary>
internal readonly struct StatefulChildWork<TState>(Func<TState, CancellationToken, Task> work, TState state) : IChildWork
{
    public object? State => typeof(TState).IsValueType ? null : state;

    public object? BoxedState => state;

    public static Task FromException(Exception exception) => VoidResult.FromException(exception);

    public static IChildCompletion CreateCompletion() => new ChildCompletion();

    public Task? Invoke(CancellationToken cancellationToken) => work(state, cancellationToken);
}

/// <summary>A child that is given a state and yields a value.</summary>
internal readonly struct StatefulChildWork<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state) : IChildWork
{
    public object? State => typeof(TState).IsValueType ? null : state;

    public object? BoxedState => state;

    public static Task FromException(Exception exception) => ValueResult<TResult>.FromException(exception);

    public static IChildCompletion CreateCompletion() => new ChildCompletion<TResult>();

    public Task? Invoke(CancellationToken cancellationToken) => work(state, cancellationToken);
}

/// <summary>The body of a group.</summary>
internal readonly struct BodyWork<TTask, TKind>(Func<ITaskGroup, TTask> body, ITaskGroup group) : IWork
    where TTask : Task
    where TKind : struct, IResultKind<TTask>
{
    public static Task FromException(Exception exception) => TKind.FromException(exception);

    public Task? Invoke(CancellationToken cancellationToken) => body(group);
}
