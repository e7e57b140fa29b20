namespace TaskGroups;

/// <summary>The way of a queued child, the same for all kinds of them: queued, begun, ended; or dropped, or withdrawn.</summary>
/// <remarks>A part of the child's object: the way needs no calls through interfaces but those that complete the child.</remarks>
internal readonly struct Queued<TWork>(TaskGroup group, TWork work, Member? member, CancellationToken token)
    where TWork : struct, IChildWork
{
    // What the child sees: what was there when it was started, not what the pool's thread has. Null: nothing flows.
    private readonly ExecutionContext? _context = group.HostContext.FlowsContext ? ExecutionContext.Capture() : null;

    public CancellationToken Token => token;

    public IOptionalWork? Optional => work.Optional;

    /// <summary>Queues the child. With slots, who was started first is invoked first, as far as one queue can tell.</summary>
    public void Queue(IQueuedChild child)
    {
        HasSlot();
        ThreadPool.UnsafeQueueUserWorkItem(child, preferLocal: group.Limiter is null);
    }

    public void Execute(IQueuedChild child)
    {
        // On most threads of the pool nothing flows yet, and for most children nothing is to: then it is the same context already.
        if (_context is { } context && context != ExecutionContext.Capture())
        {
            ExecutionContext.Run(context, static child => ((IQueuedChild)child!).Begin(), child);
        }
        else
        {
            Begin(child);
        }
    }

    public void Begin(IQueuedChild child)
    {
        HasSlot();
        if (group.HasBeenEnded)
        {
            Drop(child, hasSlot: true);
            return;
        }

        Task task = group.Begin(work, member, token);
        if (task.IsCompleted)
        {
            child.Ended(task, null);
        }
        else
        {
            Watch.Over(task, child, null);
        }
    }

    public void End(IQueuedChild child, Task ended)
    {
        ended = group.WithOneException<TWork>(ended);
        group.SettleUnlessPlain(ended, member);
        Leave(child, ended, hasSlot: true);
    }

    /// <summary>Ends a child whose task nobody has: nobody can see the count and the join apart.</summary>
    public void EndWithoutTask(Task ended)
    {
        group.SettleUnlessPlain(ended, member);
        group.PassSlotOn();
        group.LeaveAsChild();
    }

    public void Drop(IQueuedChild child, bool hasSlot)
    {
        group.DropChild(member);
        work.Optional?.Drop();
        Leave(child, null, hasSlot);
    }

    public void Withdraw()
    {
        group.ForgetChild(member);
        group.UncountChild(hasSlot: false);
        group.Leave();
    }

    private void HasSlot()
    {
        if (member is not null)
        {
            member.IsWaiting = false;
        }
    }

    private void Leave(IQueuedChild child, Task? ended, bool hasSlot)
    {
        // The count first, then the task, then the join: who awaited the task finds it counted out, who joined finds it completed.
        group.UncountChild(hasSlot);
        child.Hand(ended);
        group.Leave();
    }
}
