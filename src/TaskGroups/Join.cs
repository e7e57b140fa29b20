namespace TaskGroups;

/// <summary>Completes the task of a group, once, when the group has been joined; until then it watches the group's body.</summary>
internal interface IJoin : IWatcher
{
    TaskGroup Group { get; }

    /// <summary>Gives the body's value.</summary>
    /// <returns><see langword="false"/> if a value is wanted and the body has none.</returns>
    bool TrySucceed();

    void Fail(IEnumerable<Exception> failures);

    void Cancel(CancellationToken token);

    /// <summary>Marks a failure as heard: the observers have it, and nobody needs to await a nested group.</summary>
    void Observe();

    void IWatcher.Ended(Task task, Member? member) => Group.BodyEnded(task);
}

/// <inheritdoc/>
internal interface IJoin<TTask, out TSelf> : IJoin
    where TTask : Task
{
    TTask Task { get; }

    static abstract TSelf Of(TaskGroup group, TTask body);
}

/// <summary>The join of a group without a value. The joiner never continues on the stack of the last child (R25).</summary>
internal sealed class Join(TaskGroup group)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IJoin<Task, Join>
{
    public TaskGroup Group => group;

    public static Join Of(TaskGroup group, Task body) => new(group);

    public bool TrySucceed() => TrySetResult();

    public void Fail(IEnumerable<Exception> failures) => SetException(failures);

    public void Cancel(CancellationToken token) => SetFromTask(Plain.Ended(new OperationCanceledException(token)));

    public void Observe() => _ = Task.Exception;
}

/// <summary>The join of a group whose body yields a value.</summary>
internal sealed class Join<TResult>(TaskGroup group, Task<TResult> body)
    : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously), IJoin<Task<TResult>, Join<TResult>>
{
    public TaskGroup Group => group;

    public static Join<TResult> Of(TaskGroup group, Task<TResult> body) => new(group, body);

    public bool TrySucceed() => body.IsCompletedSuccessfully && TrySetResult(body.Result);

    public void Fail(IEnumerable<Exception> failures) => SetException(failures);

    public void Cancel(CancellationToken token) => SetFromTask(Valued<TResult>.Ended(new OperationCanceledException(token)));

    public void Observe() => _ = Task.Exception;
}
