using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Makes tasks of one type, so that starting a child is written once for children with and without a value.</summary>
internal interface IResultShape<TTask>
    where TTask : Task
{
    /// <summary>
    /// A task that ended with an exception, as an <see langword="async"/> method would end: canceled, with that very object, if it is an
    /// <see cref="OperationCanceledException"/>, else faulted.
    /// </summary>
    static abstract TTask Ended(Exception exception);

    /// <summary>A child that goes through the queue, and the task that is handed out for it.</summary>
    static abstract (IQueuedChild Child, TTask Task) Queued<TState>(
        TaskGroup group, Func<TState, CancellationToken, TTask> work, TState state, Member? member);
}

/// <summary>Children without a value.</summary>
internal readonly struct Plain : IResultShape<Task>
{
    public static Task Ended(Exception exception)
    {
        // Unlike Task.FromCanceled this keeps the exception's type and never asks whether the token has fired already.
        AsyncTaskMethodBuilder builder = AsyncTaskMethodBuilder.Create();
        Task task = builder.Task;
        builder.SetException(exception);
        return task;
    }

    public static (IQueuedChild Child, Task Task) Queued<TState>(
        TaskGroup group, Func<TState, CancellationToken, Task> work, TState state, Member? member)
    {
        var child = new QueuedChild<TState>(group, work, state, member);
        return (child, child.Task);
    }
}

/// <summary>Children that yield a value.</summary>
internal readonly struct Valued<TResult> : IResultShape<Task<TResult>>
{
    public static Task<TResult> Ended(Exception exception)
    {
        AsyncTaskMethodBuilder<TResult> builder = AsyncTaskMethodBuilder<TResult>.Create();
        Task<TResult> task = builder.Task;
        builder.SetException(exception);
        return task;
    }

    public static (IQueuedChild Child, Task<TResult> Task) Queued<TState>(
        TaskGroup group, Func<TState, CancellationToken, Task<TResult>> work, TState state, Member? member)
    {
        var child = new QueuedChild<TState, TResult>(group, work, state, member);
        return (child, child.Task);
    }
}
