namespace TaskGroups;

/// <summary>Completes the task that was handed out for a queued child.</summary>
internal interface IChildCompletion
{
    Task Task { get; }

    /// <summary>Ends the task as the child's own task has ended.</summary>
    void CompleteTask(Task ended);
}

/// <summary>The task of a queued child without a value.</summary>
internal sealed class ChildCompletion() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IChildCompletion
{
    public void CompleteTask(Task ended)
    {
        SetFromTask(ended);
        _ = Task.Exception; // the group reports the failure: this task need not be awaited
    }
}

/// <summary>The task of a queued child that yields a value.</summary>
internal sealed class ChildCompletion<TResult>()
    : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously), IChildCompletion
{
    Task IChildCompletion.Task => Task;

    public void CompleteTask(Task ended)
    {
        SetFromTask((Task<TResult>)ended);
        _ = Task.Exception;
    }
}

/// <summary>
/// A child that is not invoked by the call that starts it: it waits for a slot, if the group has a limit, and for a thread.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>State</term><description>What comes next</description></listheader>
/// <item><term>waiting for a slot</term><description><see cref="Enqueue"/>, <see cref="CancelBeforeStart"/>,
/// <see cref="Reject"/></description></item>
/// <item><term>queued for the pool</term><description><see cref="Begin"/>, which may cancel it before its start</description></item>
/// <item><term>running</term><description><see cref="ICompletionListener.OnCompleted"/></description></item>
/// <item><term>completed, canceled before its start, or rejected</term><description>nothing</description></item>
/// </list>
/// <para>One object is work item, entry of the limiter's queue and listener of the child's task.</para>
/// </remarks>
internal sealed class QueuedChild<TWork>(
    TaskGroup group, TWork work, ChildRecord? record, IChildCompletion? completion, CancellationToken token)
    : ILimitedChild, IThreadPoolWorkItem, ICompletionListener
    where TWork : struct, IChildWork
{
    // What the child sees: the context of the call that started it, not that of the pool's thread. Null: nothing flows.
    private readonly ExecutionContext? _context = group.HostContext.FlowsContext ? ExecutionContext.Capture() : null;

    object ILimitedChild.Group => group;

    public bool IsGroupEnding => group.IsEnding;

    public IOptionalWork? Optional => work.State as IOptionalWork;

    /// <summary>
    /// Queues the child for the pool. With a limit in the order in which children were started, as far as one queue can keep it.
    /// </summary>
    public void Enqueue()
    {
        MarkAdmitted();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: group.Limiter is null);
    }

    public void Execute()
    {
        // On most threads of the pool nothing flows yet, and for most children nothing is to: then it is the same context already.
        if (_context is { } context && context != ExecutionContext.Capture())
        {
            ExecutionContext.Run(context, static child => ((QueuedChild<TWork>)child!).Begin(), this);
        }
        else
        {
            Begin();
        }
    }

    /// <summary>Invokes the child, which has its slot, on this thread.</summary>
    public void Begin()
    {
        MarkAdmitted();
        if (group.HasBeenCanceled)
        {
            CancelBeforeStart(hasSlot: true);
            return;
        }

        Task task = group.InvokeQueued(work, record, token);
        if (task.IsCompleted)
        {
            OnCompleted(task, record);
        }
        else
        {
            ChildRecord.Watch(record, task, this);
        }
    }

    /// <summary>Begins a child that has its slot on the stack of the code that starts it, without that code's context.</summary>
    /// <remarks>A child that waits for its slot does not come back to that context, so no child of such a group begins in it.</remarks>
    public void BeginHere()
    {
        if (SynchronizationContext.Current is not { } context)
        {
            Begin();
            return;
        }

        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Begin();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public void OnCompleted(Task task, ChildRecord? registered)
    {
        if (completion is null)
        {
            // No code has the child's task: nothing can see the count and the join apart.
            group.CompleteChild(task, record);
            group.PassSlotOn();
            group.ReleaseChild();
            return;
        }

        Task ended = OutcomeRules.MaterializeCancellation<TWork>(group, task);
        group.CompleteChild(ended, record);
        Release(ended, hasSlot: true);
    }

    public void CancelBeforeStart(bool hasSlot)
    {
        group.ReleaseUnstarted(record, isCanceled: true);
        Optional?.CancelBeforeStart();
        Release(completion is null ? null : TWork.FromException(group.CanceledException()), hasSlot);
    }

    public void Reject()
    {
        group.ReleaseUnstarted(record, isCanceled: false);
        group.ReleaseChildCount(hasSlot: false);
        group.Release();
    }

    // The count first, then the task, then the hold: code that awaits the task finds the child counted out, and code that awaits the group
    // finds the task completed.
    private void Release(Task? ended, bool hasSlot)
    {
        group.ReleaseChildCount(hasSlot);
        if (ended is not null)
        {
            completion?.CompleteTask(ended);
        }

        group.Release();
    }

    private void MarkAdmitted()
    {
        if (record is not null)
        {
            record.IsWaiting = false;
        }
    }
}
