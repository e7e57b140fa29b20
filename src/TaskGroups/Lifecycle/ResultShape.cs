using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Makes tasks of one type, so that what ends early is written once for work with and without a value.</summary>
internal interface IResultShape<out TTask>
    where TTask : Task
{
    /// <summary>
    /// A task that ended with an exception, as an <see langword="async"/> method would end: canceled, with that very object, if it is an
    /// <see cref="OperationCanceledException"/>, else faulted.
    /// </summary>
    static abstract TTask Ended(Exception exception);
}

/// <summary>Work without a value.</summary>
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
}

/// <summary>Work that yields a value.</summary>
internal readonly struct Valued<TResult> : IResultShape<Task<TResult>>
{
    public static Task<TResult> Ended(Exception exception)
    {
        AsyncTaskMethodBuilder<TResult> builder = AsyncTaskMethodBuilder<TResult>.Create();
        Task<TResult> task = builder.Task;
        builder.SetException(exception);
        return task;
    }
}
