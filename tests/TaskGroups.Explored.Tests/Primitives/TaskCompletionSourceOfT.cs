namespace TaskGroups;

/// <inheritdoc cref="TaskCompletionSource"/>
internal class TaskCompletionSource<T>(TaskCreationOptions options = TaskCreationOptions.None)
    : System.Threading.Tasks.TaskCompletionSource<T>(options & ~TaskCreationOptions.RunContinuationsAsynchronously)
{
    private readonly bool _isApart = options.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously);

    public new void SetResult(T result) => End(() => base.SetResult(result));

    public new void SetException(Exception exception) => End(() => base.SetException(exception));

    public new void SetException(IEnumerable<Exception> exceptions) => End(() => base.SetException(exceptions));

    public new void SetFromTask(Task<T> ended) => End(() => base.SetFromTask(ended));

    public new bool TrySetResult(T result) => TryEnd(() => base.TrySetResult(result));

    public new bool TrySetException(Exception exception) => TryEnd(() => base.TrySetException(exception));

    public new bool TrySetCanceled(CancellationToken token) => TryEnd(() => base.TrySetCanceled(token));

    private bool TryEnd(Func<bool> end)
    {
        bool isFirst = false;
        End(() => isFirst = end());
        return isFirst;
    }

    private void End(Action end) => Continuations.End(Task, _isApart, end);
}
