namespace TaskGroups;

/// <summary>A child without a value.</summary>
internal readonly struct PlainWork(Func<CancellationToken, Task> work) : IChildWork
{
    public IOptionalWork? Optional => null;

    public static Task Ended(Exception exception) => Plain.Ended(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<PlainWork>(group, this, member, token);
}

/// <summary>A child without a value that is given a state.</summary>
internal readonly struct StatefulWork<TState>(Func<TState, CancellationToken, Task> work, TState state) : IChildWork
{
    public IOptionalWork? Optional => state as IOptionalWork;

    public static Task Ended(Exception exception) => Plain.Ended(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(state, cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<StatefulWork<TState>>(group, this, member, token);
}

/// <summary>A child that yields a value.</summary>
internal readonly struct ValuedWork<TResult>(Func<CancellationToken, Task<TResult>> work) : IChildWork
{
    public IOptionalWork? Optional => null;

    public static Task Ended(Exception exception) => Valued<TResult>.Ended(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<ValuedWork<TResult>, TResult>(group, this, member, token);
}

/// <summary>A child that is given a state and yields a value.</summary>
internal readonly struct StatefulValuedWork<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state) : IChildWork
{
    public IOptionalWork? Optional => state as IOptionalWork;

    public static Task Ended(Exception exception) => Valued<TResult>.Ended(exception);

    public Task? Invoke(CancellationToken cancellationToken) => work(state, cancellationToken);

    public IQueuedChild ToQueuedChild(TaskGroup group, Member? member, CancellationToken token) =>
        new QueuedChild<StatefulValuedWork<TState, TResult>, TResult>(group, this, member, token);
}

/// <summary>The body of a group.</summary>
internal readonly struct BodyWork<TTask, TShape>(Func<ITaskGroup, TTask> body, TaskGroup group) : IWork
    where TTask : Task
    where TShape : struct, IResultShape<TTask>
{
    public static Task Ended(Exception exception) => TShape.Ended(exception);

    public Task? Invoke(CancellationToken cancellationToken) => body(group);
}
