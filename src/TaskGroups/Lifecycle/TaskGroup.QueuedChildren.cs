namespace TaskGroups;

// A child that goes through the limiter (R26) or through the pool: how it is enqueued, invoked, given up, and counted out. A QueuedChild
// stands for it.
public sealed partial class TaskGroup
{
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

    /// <summary>Unregisters a child whose delegate was not invoked: the group was canceled first, or had no place for it.</summary>
    internal void ReleaseUnstarted(ChildRecord? record, bool isCanceled)
    {
        if (isCanceled)
        {
            _state.MarkCutShort();
        }

        if (record is null)
        {
            return;
        }

        _registry!.Remove(record);
        if (isCanceled)
        {
            HostContext.ChildCutShort?.Invoke(this, record.Copy(), false);
            Settings.Instrumentation?.ChildNeverStarted(this, record.Copy(), Settings.Clock.Since(record.Since));
            Settings.Observers?.ChildNeverStarted(this, record.Name, Settings.Clock.Since(record.Since));
        }

        record.Free();
    }

    /// <summary>Counts a child out whose hold stays until its task has been completed.</summary>
    internal void ReleaseChildCount(bool hasSlot)
    {
        _state.ReleaseChildCount();
        Settings.ChildLimit?.Leave();
        if (hasSlot)
        {
            PassSlotOn();
        }
    }

    internal void PassSlotOn()
    {
        Limiter?.Release()?.Enqueue();
        HostContext.OnPlaceFreed?.Invoke();
    }
}
