namespace TaskGroups;

/// <summary>A child that is not invoked by the call that starts it: it goes through the queue of the pool, after it waited for a slot.</summary>
/// <remarks>One object is work item, record and, where a task is handed out, the source of that task.</remarks>
internal interface IQueuedChild : IThreadPoolWorkItem, IWatcher
{
    TaskGroup Group { get; }

    Member? Member { get; }

    /// <summary>What the child sees: what was there when it was started, not what the pool's thread has. Null: nothing flows.</summary>
    ExecutionContext? Context { get; }

    /// <summary>The task that was handed out, if one was.</summary>
    Task? Task { get; }

    Task Invoke();

    /// <summary>Completes the task that was handed out, if one was; without a task that ended: canceled.</summary>
    void Hand(Task? ended);

    void IThreadPoolWorkItem.Execute() => QueuedChild.Execute(this);

    void IWatcher.Ended(Task task, Member? member) => QueuedChild.End(this, task);
}

/// <summary>The way of a queued child, the same for all kinds of them.</summary>
internal static class QueuedChild
{
    public static ExecutionContext? CaptureContext(TaskGroup group) =>
        group.Origin.FlowsContext ? ExecutionContext.Capture() : null;

    /// <summary>Queues a child that has its slot. Who was started first is invoked first, as far as one queue can tell.</summary>
    public static void Queue(IQueuedChild child)
    {
        HasSlot(child);
        ThreadPool.UnsafeQueueUserWorkItem(child, preferLocal: child.Group.Slots is null);
    }

    /// <summary>Invokes a child that has its slot on the thread that started it.</summary>
    public static void BeginHere(IQueuedChild child)
    {
        HasSlot(child);
        Begin(child);
    }

    public static void Execute(IQueuedChild child)
    {
        // On most threads of the pool nothing flows yet, and for most children nothing is to: then it is the same context already.
        if (child.Context is { } context && context != ExecutionContext.Capture())
        {
            ExecutionContext.Run(context, static child => Begin((IQueuedChild)child!), child);
        }
        else
        {
            Begin(child);
        }
    }

    public static void End(IQueuedChild child, Task ended)
    {
        child.Group.SettleChild(ended, child.Member);
        Leave(child, ended, hasSlot: true);
    }

    /// <summary>Ends a child whose delegate the cancellation came before (R4).</summary>
    public static void Drop(IQueuedChild child, bool hasSlot)
    {
        child.Group.DropChild(child.Member);
        Leave(child, null, hasSlot);
    }

    /// <summary>Takes the registration of a child back for which there was no place; its caller is told.</summary>
    public static void Withdraw(IQueuedChild child)
    {
        child.Group.ForgetChild(child.Member);
        child.Group.UncountChild(hasSlot: false);
        child.Group.Leave();
    }

    private static void HasSlot(IQueuedChild child)
    {
        if (child.Member is { } member)
        {
            member.IsWaiting = false;
        }
    }

    private static void Begin(IQueuedChild child)
    {
        if (child.Group.IsEnding)
        {
            Drop(child, hasSlot: true);
            return;
        }

        child.Group.BeginChild(child.Member);
        Task task = child.Invoke();
        if (task.IsCompleted)
        {
            End(child, task);
        }
        else
        {
            Watch.Over(task, child, null);
        }
    }

    private static void Leave(IQueuedChild child, Task? ended, bool hasSlot)
    {
        // The count first, then the task, then the join: who awaited the task finds it counted out, who joined finds it completed.
        child.Group.UncountChild(hasSlot);
        child.Hand(ended);
        child.Group.Leave();
    }
}

/// <summary>A queued child whose task nobody is given.</summary>
internal sealed class QueuedChildWithoutTask<TWork>(TaskGroup group, TWork work, Member? member) : IQueuedChild
    where TWork : struct, IChildWork
{
    public TaskGroup Group => group;

    public Member? Member => member;

    public ExecutionContext? Context { get; } = QueuedChild.CaptureContext(group);

    public Task? Task => null;

    public Task Invoke() => group.Invoke(work);

    public void Hand(Task? ended)
    {
    }
}

/// <summary>A queued child without a value.</summary>
internal sealed class QueuedChild<TWork>(TaskGroup group, TWork work, Member? member)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IQueuedChild
    where TWork : struct, IChildWork
{
    public TaskGroup Group => group;

    public Member? Member => member;

    public ExecutionContext? Context { get; } = QueuedChild.CaptureContext(group);

    public Task Invoke() => group.Invoke(work);

    public void Hand(Task? ended)
    {
        SetFromTask(ended ?? Plain.Ended(new OperationCanceledException(group.CancellationToken)));
        _ = Task.Exception; // the group reports the failure: nobody needs to await this task
    }
}

/// <summary>A queued child that yields a value.</summary>
internal sealed class QueuedChild<TWork, TResult>(TaskGroup group, TWork work, Member? member)
    : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously), IQueuedChild
    where TWork : struct, IChildWork
{
    public TaskGroup Group => group;

    public Member? Member => member;

    public ExecutionContext? Context { get; } = QueuedChild.CaptureContext(group);

    Task? IQueuedChild.Task => Task;

    public Task Invoke() => group.Invoke(work);

    public void Hand(Task? ended)
    {
        SetFromTask((Task<TResult>?)ended ?? Valued<TResult>.Ended(new OperationCanceledException(group.CancellationToken)));
        _ = Task.Exception;
    }
}
