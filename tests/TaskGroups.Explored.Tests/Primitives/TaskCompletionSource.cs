using Real = System.Threading.Tasks.TaskCompletionSource;

namespace TaskGroups;

/// <summary>The core's sources of tasks: code that waits for them goes on as in production, see <see cref="Continuations"/>.</summary>
internal class TaskCompletionSource(TaskCreationOptions options = TaskCreationOptions.None)
    : Real(options & ~TaskCreationOptions.RunContinuationsAsynchronously)
{
    private readonly bool _isApart = options.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously);

    public new void SetResult() => End(() => base.SetResult());

    public new void SetException(Exception exception) => End(() => base.SetException(exception));

    public new void SetException(IEnumerable<Exception> exceptions) => End(() => base.SetException(exceptions));

    public new void SetFromTask(Task ended) => End(() => base.SetFromTask(ended));

    public new bool TrySetResult() => TryEnd(() => base.TrySetResult());

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
