namespace TaskGroups;

/// <summary>Completes the task of a group, once, when the group has been joined.</summary>
internal interface IGroupCompletion
{
    /// <summary>Gives the body's value.</summary>
    /// <returns><see langword="false"/> if a value is wanted and the body has none.</returns>
    bool TrySucceed();

    void Fail(IEnumerable<Exception> failures);

    void Cancel(CancellationToken token);

    /// <summary>Marks a failure as heard: the observers have it, and nobody needs to await a nested group.</summary>
    void MarkObserved();
}

/// <inheritdoc/>
internal interface IGroupCompletion<TTask, out TSelf> : IGroupCompletion
    where TTask : Task
{
    TTask Task { get; }

    static abstract TSelf Of(TTask body);
}

/// <summary>The join of a group without a value. The joiner never continues on the stack of the last child (R25).</summary>
internal sealed class GroupCompletion()
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IGroupCompletion<Task, GroupCompletion>
{
    public static GroupCompletion Of(Task body) => new();

    public bool TrySucceed() => TrySetResult();

    public void Fail(IEnumerable<Exception> failures) => SetException(failures);

    public void Cancel(CancellationToken token) => SetFromTask(VoidResult.FromException(new OperationCanceledException(token)));

    public void MarkObserved() => _ = Task.Exception;
}

/// <summary>The join of a group whose body yields a value.</summary>
internal sealed class GroupCompletion<TResult>(Task<TResult> body)
    : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously),
        IGroupCompletion<Task<TResult>, GroupCompletion<TResult>>
{
    public static GroupCompletion<TResult> Of(Task<TResult> body) => new(body);

    public bool TrySucceed() => body.IsCompletedSuccessfully && TrySetResult(body.Result);

    public void Fail(IEnumerable<Exception> failures) => SetException(failures);

    public void Cancel(CancellationToken token) => SetFromTask(ValueResult<TResult>.FromException(new OperationCanceledException(token)));

    public void MarkObserved() => _ = Task.Exception;
}
