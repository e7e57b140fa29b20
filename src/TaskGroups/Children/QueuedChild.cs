namespace TaskGroups;

/// <summary>A queued child whose task nobody is given.</summary>
internal sealed class QueuedChildWithoutTask<TWork>(TaskGroup group, TWork work, Member? member, CancellationToken token)
    : IQueuedChild
    where TWork : struct, IChildWork
{
    private readonly Queued<TWork> _queued = new(group, work, member, token);

    public Task? Task => null;

    public IOptionalWork? Optional => _queued.Optional;

    public void Queue() => _queued.Queue(this);

    public void Begin() => _queued.Begin(this);

    public void Drop(bool hasSlot) => _queued.Drop(this, hasSlot);

    public void Withdraw() => _queued.Withdraw();

    public void Hand(Task? ended)
    {
    }

    void IThreadPoolWorkItem.Execute() => _queued.Execute(this);

    void IWatcher.Ended(Task task, Member? member) => _queued.EndWithoutTask(task);
}

/// <summary>A queued child without a value.</summary>
internal sealed class QueuedChild<TWork>(TaskGroup group, TWork work, Member? member, CancellationToken token)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IQueuedChild
    where TWork : struct, IChildWork
{
    private readonly Queued<TWork> _queued = new(group, work, member, token);

    public IOptionalWork? Optional => _queued.Optional;

    public void Queue() => _queued.Queue(this);

    public void Begin() => _queued.Begin(this);

    public void Drop(bool hasSlot) => _queued.Drop(this, hasSlot);

    public void Withdraw() => _queued.Withdraw();

    public void Hand(Task? ended)
    {
        SetFromTask(ended ?? VoidResult.FromException(new OperationCanceledException(_queued.Token)));
        _ = Task.Exception; // the group reports the failure: nobody needs to await this task
    }

    void IThreadPoolWorkItem.Execute() => _queued.Execute(this);

    void IWatcher.Ended(Task task, Member? member) => _queued.End(this, task);
}

/// <summary>A queued child that yields a value.</summary>
internal sealed class QueuedChild<TWork, TResult>(TaskGroup group, TWork work, Member? member, CancellationToken token)
    : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously), IQueuedChild
    where TWork : struct, IChildWork
{
    private readonly Queued<TWork> _queued = new(group, work, member, token);

    Task? IQueuedChild.Task => Task;

    public IOptionalWork? Optional => _queued.Optional;

    public void Queue() => _queued.Queue(this);

    public void Begin() => _queued.Begin(this);

    public void Drop(bool hasSlot) => _queued.Drop(this, hasSlot);

    public void Withdraw() => _queued.Withdraw();

    public void Hand(Task? ended)
    {
        SetFromTask((Task<TResult>?)ended ?? ValueResult<TResult>.FromException(new OperationCanceledException(_queued.Token)));
        _ = Task.Exception;
    }

    void IThreadPoolWorkItem.Execute() => _queued.Execute(this);

    void IWatcher.Ended(Task task, Member? member) => _queued.End(this, task);
}
