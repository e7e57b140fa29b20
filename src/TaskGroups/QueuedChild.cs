namespace TaskGroups;

/// <summary>A child that is not invoked by the call that starts it: it goes through the queue of the pool, after it waited for a slot.</summary>
internal abstract class QueuedChild(TaskGroup group, Member? member) : IThreadPoolWorkItem
{
    // What the child sees is what was there when it was started, not what the pool's thread has. Null: nothing flows.
    private readonly ExecutionContext? _context = group.Settings.Origin.FlowsContext ? ExecutionContext.Capture() : null;
    private Task? _ended;

    protected TaskGroup Group => group;

    /// <summary>Queues the child, which has its slot. Children that were started first are invoked first, as far as one queue can tell.</summary>
    public void Queue()
    {
        if (member is not null)
        {
            member.IsWaiting = false;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_context is null)
        {
            Begin();
        }
        else
        {
            ExecutionContext.Run(_context, static child => ((QueuedChild)child!).Begin(), this);
        }
    }

    /// <summary>Ends a child whose delegate the cancellation came before (R4).</summary>
    public void Drop(bool hasSlot)
    {
        group.DropChild(member);
        Leave(null, hasSlot);
    }

    /// <summary>Takes the registration of a child back for which there was no place; its caller is told.</summary>
    public void Withdraw()
    {
        group.ForgetChild(member);
        group.UncountChild(hasSlot: false);
        group.Leave();
    }

    protected abstract Task Invoke();

    /// <summary>Completes the task that was handed out, if one was; without a task that ended: canceled.</summary>
    protected abstract void Hand(Task? ended);

    private void Begin()
    {
        if (group.IsEnding)
        {
            Drop(hasSlot: true);
            return;
        }

        group.BeginChild(member);
        _ended = Invoke();
        if (_ended.IsCompleted)
        {
            End();
        }
        else
        {
            _ended.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(End);
        }
    }

    private void End()
    {
        group.SettleChild(_ended!, member);
        Leave(_ended, hasSlot: true);
    }

    private void Leave(Task? ended, bool hasSlot)
    {
        // The count first, then the task, then the join: who awaited the task finds it counted out, who joined finds it completed.
        group.UncountChild(hasSlot);
        Hand(ended);
        group.Leave();
    }
}

/// <summary>A queued child with its delegate and, unless nobody is given it, the source of its task.</summary>
internal sealed class QueuedChild<TState, TTask, TShape>(
    TaskGroup group, Func<TState, CancellationToken, TTask> work, TState state, Member? member, IChildSource<TTask>? source)
    : QueuedChild(group, member)
    where TTask : Task
    where TShape : struct, IResultShape<TTask>
{
    protected override Task Invoke() => Group.Invoke<TState, TTask, TShape>(work, state);

    protected override void Hand(Task? ended) =>
        source?.SetFrom(ended ?? TShape.Ended(new OperationCanceledException(Group.CancellationToken)));
}
