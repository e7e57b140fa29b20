using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>Makes tasks of one type, so that a group with and one without a value are written once.</summary>
internal interface IResultKind<TTask>
    where TTask : Task
{
    /// <summary>
    /// A task that ended with an exception, as an <see langword="async"/> method would end: canceled, with that very object, if it is an
    /// <see cref="OperationCanceledException"/>, else faulted.
    /// </summary>
    static abstract TTask FromException(Exception exception);

    /// <summary>The completion of a group, and the task that it completes.</summary>
    static abstract (IGroupCompletion Completion, TTask Task) CreateCompletion(TTask body);
}

/// <summary>Completes the task of a group, once, when the group has been joined.</summary>
internal interface IGroupCompletion
{
    Task Task { get; }

    /// <summary>Whether the body has what the group's task yields.</summary>
    bool HasValue { get; }

    void Succeed();

    void Fail(IEnumerable<Exception> failures);

    void Cancel(OperationCanceledException exception);
}

/// <summary>Work without a value.</summary>
internal readonly struct VoidResult : IResultKind<Task>
{
    public static Task FromException(Exception exception)
    {
        // Unlike Task.FromCanceled this keeps the exception's type, and does not ask whether the token has fired.
        AsyncTaskMethodBuilder builder = AsyncTaskMethodBuilder.Create();
        Task task = builder.Task;
        builder.SetException(exception);
        return task;
    }

    public static (IGroupCompletion Completion, Task Task) CreateCompletion(Task body)
    {
        var completion = new GroupCompletion();
        return (completion, completion.Task);
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

    public static (IGroupCompletion Completion, Task<TResult> Task) CreateCompletion(Task<TResult> body)
    {
        var completion = new GroupCompletion<TResult>(body);
        return (completion, completion.Task);
    }
}

/// <summary>The task of a group without a value. Code that awaits it never goes on on the stack of the last child (R25).</summary>
internal sealed class GroupCompletion() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IGroupCompletion
{
    public bool HasValue => true;

    public void Succeed() => SetResult();

    public void Fail(IEnumerable<Exception> failures) => SetException(failures);

    public void Cancel(OperationCanceledException exception) => SetFromTask(VoidResult.FromException(exception));
}

/// <summary>The task of a group whose body yields a value.</summary>
internal sealed class GroupCompletion<TResult>(Task<TResult> body)
    : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously), IGroupCompletion
{
    Task IGroupCompletion.Task => Task;

    public bool HasValue => body.IsCompletedSuccessfully;

    public void Succeed() => SetResult(body.Result);

    public void Fail(IEnumerable<Exception> failures) => SetException(failures);

    public void Cancel(OperationCanceledException exception) => SetFromTask(ValueResult<TResult>.FromException(exception));
}
