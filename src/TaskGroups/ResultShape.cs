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

    /// <summary>The outcome that a child hands out which is not invoked on the spot.</summary>
    static abstract IChildSource<TTask> NewSource();
}

/// <summary>Completes the task that was handed out for a child.</summary>
internal interface IChildSource<out TTask>
    where TTask : Task
{
    TTask Task { get; }

    /// <summary>Gives it the outcome of the task that the child's delegate returned.</summary>
    void SetFrom(Task ended);
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

    public static IChildSource<Task> NewSource() => new Source();

    private sealed class Source() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IChildSource<Task>
    {
        public void SetFrom(Task ended)
        {
            SetFromTask(ended);
            _ = Task.Exception; // the group reports the failure: nobody needs to await this task
        }
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

    public static IChildSource<Task<TResult>> NewSource() => new Source();

    private sealed class Source()
        : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously), IChildSource<Task<TResult>>
    {
        public void SetFrom(Task ended)
        {
            SetFromTask((Task<TResult>)ended);
            _ = Task.Exception;
        }
    }
}
