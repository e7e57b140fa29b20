using System.Runtime.CompilerServices;

namespace TaskGroups;

// How a child starts: it is admitted, registered, then invoked here or enqueued (R8).
public sealed partial class TaskGroup
{
    private enum Refusal
    {
        None,
        Completed,
        Ending,
        Full,
        OverSharedLimit,
    }

    // A stack that runs short queues the child instead: children that start children must not end the process.
    private bool CanInvokeHere => Settings.ChildStart == ChildStart.Inline && RuntimeHelpers.TryEnsureSufficientExecutionStack();

    /// <summary>Starts a child and hands out its task.</summary>
    private Task Start<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork =>
        Start(work, name, handsOutTask: true, out Task? task) switch
        {
            Refusal.Completed => throw ErrorMessages.HasCompleted(this, DisplayName.ForChild(name)),
            Refusal.Full => throw ErrorMessages.IsFull(this, DisplayName.ForChild(name), Limiter!),
            Refusal.OverSharedLimit => throw ErrorMessages.IsOverSharedLimit(this, DisplayName.ForChild(name), Settings.ChildLimit!),
            Refusal.Ending => TWork.FromException(CanceledException()),
            _ => task!,
        };

    /// <summary>Starts a child unless the group is full, ending or completed.</summary>
    private bool TryStart<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork =>
        Start(work, name, handsOutTask: false, out _) == Refusal.None;

    private Refusal Start<TWork>(TWork work, string? name, bool handsOutTask, out Task? task)
        where TWork : struct, IChildWork
    {
        task = null;
        BiasedChildCount? biased = _biased is { } mine && mine.CanAdd(this) ? mine : null;
        if (biased is { CanInvoke: true })
        {
            task = StartBiased(work, biased);
            return Refusal.None;
        }

        // Admit
        if (biased is not null)
        {
            biased.Add();
        }
        else if (TryAdmitChild() is var refusal and not Refusal.None)
        {
            return refusal;
        }

        if (Settings.ChildLimit is { } shared && !shared.TryEnter())
        {
            if (_state.ReleaseChild())
            {
                Complete();
            }

            Settings.Instrumentation?.ChildRefused(this);
            return Refusal.OverSharedLimit;
        }

        // Register
        CancellationToken token = biased?.Token ?? CancellationToken;
        ConcurrencyLimiter? limiter = Limiter;
        ChildRecord? record = Register(work, name, isWaiting: limiter is not null);

        // Invoke
        if (limiter is null && CanInvokeHere)
        {
            task = record is null ? DelegateInvoker.Invoke(this, work, token) : InvokeTracked(work, record, token);
            if (task.IsCompleted)
            {
                OnChildCompleted(task, record);
            }
            else
            {
                ChildRecord.Watch(record, task, this);
            }

            return Refusal.None;
        }

        // Or enqueue
        IChildCompletion? completion = handsOutTask ? TWork.CreateCompletion() : null;
        task = completion?.Task;
        if (TryEnqueue(new QueuedChild<TWork>(this, work, record, completion, token), limiter))
        {
            return Refusal.None;
        }

        Settings.Instrumentation?.ChildRefused(this);
        Settings.Observers?.ChildRefused(this, DisplayName.ForChild(name));
        return Refusal.Full;
    }

    private Refusal TryAdmitChild()
    {
        switch (_state.TryAdmit(asChild: true))
        {
            case GroupState.Entry.Completed:
                return Refusal.Completed;
            case GroupState.Entry.Ending:
                _state.MarkCutShort();
                Settings.Instrumentation?.ChildRefused(this);
                HostContext.ChildRefused?.Invoke(this);
                return Refusal.Ending;
            default:
                return Refusal.None;
        }
    }

    /// <summary>Starts an untracked child in the body's synchronous part. One that ends at once never touches the state.</summary>
    private Task StartBiased<TWork>(TWork work, BiasedChildCount biased)
        where TWork : struct, IChildWork
    {
        biased.BeginInvoke();
        Task task = DelegateInvoker.Invoke(this, work, biased.Token);
        if (task.IsCompleted)
        {
            CompleteChild(task, null);
            biased.EndInvoke();
        }
        else
        {
            ChildRecord.Watch(null, task, this);
            biased.Retain(); // the child may have ended: the bias from which it is released is not merged before this part ends
        }

        return task;
    }

    private ChildRecord? Register<TWork>(TWork work, string? name, bool isWaiting)
        where TWork : struct, IChildWork
    {
        if (work.State is IOptionalWork optional)
        {
            optional.Group = this;
        }

        if (!Settings.TracksChildren)
        {
            return null;
        }

        var record = ChildRecord.OfChild(name, HostContext.KeepsStates ? work.BoxedState : work.State);
        record.Since = Settings.Clock.Now;
        record.IsWaiting = isWaiting;
        _registry!.Add(record);
        return record;
    }

    /// <summary>Enqueues a registered child, or invokes it if it has a slot; without a place for it, undoes its registration.</summary>
    /// <remarks>
    /// A child with a slot always has a task of ours, even if it is invoked here: its own task could be seen as completed an instant before
    /// the slot is passed on, and code that awaited it would find the group full.
    /// </remarks>
    private bool TryEnqueue<TWork>(QueuedChild<TWork> child, ConcurrencyLimiter? limiter)
        where TWork : struct, IChildWork
    {
        switch (limiter?.TryAcquire(child) ?? Admission.Admitted)
        {
            case Admission.Admitted when limiter is not null && CanInvokeHere:
                child.BeginHere();
                return true;
            case Admission.Admitted:
                child.Enqueue();
                return true;
            case Admission.Queued:
                if (!limiter!.HasWaited)
                {
                    limiter.HasWaited = true;
                    (HostContext.Services as IQueueListener)?.ChildWaits(limiter);
                }

                if (IsEnding)
                {
                    CancelWaitingChildren(); // the cancellation may have drained the queue just before the child was added
                }

                return true;
            default:
                child.Reject();
                return false;
        }
    }

    /// <summary>Calls the delegate of a child that was queued, or waited.</summary>
    internal Task InvokeQueued<TWork>(TWork work, ChildRecord? record, CancellationToken token)
        where TWork : struct, IChildWork
    {
        if (record is null)
        {
            return DelegateInvoker.Invoke(this, work, token);
        }

        record.Since = Settings.Clock.Now;
        return InvokeTracked(work, record, token);
    }

    // What observers set in the execution context when a child starts, such as the span of a trace, is the child's alone.
    private Task InvokeTracked<TWork>(TWork work, ChildRecord record, CancellationToken token)
        where TWork : struct, IChildWork
    {
        ExecutionContext? before = null;
        GroupInstrumentation? instrumentation = Settings.Instrumentation;
        bool isObserved = Settings.Observers is { WantsChildEvents: true };
        if (isObserved || instrumentation is not null)
        {
            before = ExecutionContext.Capture();
            instrumentation?.ChildStarting(this, record.Id, record.Name);
            if (isObserved)
            {
                Settings.Observers!.ChildStarted(this, record.Name);
            }
        }

        record.HasBegun = true;
        Task task = DelegateInvoker.Invoke(this, work, token);
        DelegateInvoker.RestoreContext(before);
        return task;
    }

    void ICompletionListener.OnCompleted(Task task, ChildRecord? record)
    {
        if (ReferenceEquals(record, ChildRecord.Body))
        {
            OnBodyCompleted(task);
        }
        else
        {
            OnChildCompleted(task, record);
        }
    }
}
