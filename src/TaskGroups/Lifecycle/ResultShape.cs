using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Makes tasks of one type, so that what ends early is written once for work with and without a value.</summary>
internal interface IResultKind<out TTask>
    where TTask : Task
{
    /// <summary>
    /// A task that ended with an exception, as an <see langword="async"/> method would end: canceled, with that very object, if it is an
    /// <see cref="OperationCanceledException"/>, else faulted.
    /// </summary>
    static abstract TTask FromException(Exception exception);
}

/// <summary>Work without a value.</summary>
internal readonly struct VoidResult : IResultKind<Task>
{
    public static Task FromException(Exception exception)
    {
        // Unlike Task.FromCanceled this keeps the exception's type and never asks whether the token has fired already.
        AsyncTaskMethodBuilder builder = AsyncTaskMethodBuilder.Create();
        Task task = builder.Task;
        builder.SetException(exception);
        return task;
    }
}

/// <summary>Work that yields a value.</summary>
internal readonly struct ValueResult<TResult> : IResultKind<Task<TResult>>
{
    public static Task<TResult> FromException(Exception exception)
    {
        AsyncTaskMethodBuilder<TResult> builder = AsyncTaskMethodBuilder<TResult>.Create();
        Task<TResult> task = builder.Task;
        builder.SetException(exception);
        return task;
    }
}
