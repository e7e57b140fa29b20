namespace TaskGroups;

/// <summary>A child without a value.</summary>
internal readonly struct ChildWork(Func<CancellationToken, Task> work) : IChildWork
{
    public IOptionalWork? Optional => null;

    public static Task FromException(Exception exception) => VoidResult.FromException(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<ChildWork>(group, this, member, token);
}

/// <summary>A child without a value that is given a state.</summary>
internal readonly struct StatefulChildWork<TState>(Func<TState, CancellationToken, Task> work, TState state) : IChildWork
{
    public IOptionalWork? Optional => state as IOptionalWork;

    public static Task FromException(Exception exception) => VoidResult.FromException(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(state, cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<StatefulChildWork<TState>>(group, this, member, token);
}

/// <summary>A child that yields a value.</summary>
internal readonly struct ChildWork<TResult>(Func<CancellationToken, Task<TResult>> work) : IChildWork
{
    public IOptionalWork? Optional => null;

    public static Task FromException(Exception exception) => ValueResult<TResult>.FromException(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<ChildWork<TResult>, TResult>(group, this, member, token);
}

/// <summary>A child that is given a state and yields a value.</summary>
internal readonly struct StatefulChildWork<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state) : IChildWork
{
    public IOptionalWork? Optional => state as IOptionalWork;

    public static Task FromException(Exception exception) => ValueResult<TResult>.FromException(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(state, cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<StatefulChildWork<TState, TResult>, TResult>(group, this, member, token);
}

/// <summary>The body of a group.</summary>
internal readonly struct BodyWork<TTask, TShape>(Func<ITaskGroup, TTask> body, TaskGroup group) : IWork
    where TTask : Task
    where TShape : struct, IResultKind<TTask>
{
    public static Task FromException(Exception exception) => TShape.FromException(exception);

    public Task? Invoke(CancellationToken cancellationToken) => body(group);
}
