using System.Runtime.CompilerServices;

namespace TaskGroups;

// How a child starts: it is registered, then invoked here, or queued for the pool or for a slot.
public sealed partial class TaskGroup
{
    // The group whose body is in its first part on this thread, if its children begin inline.
    [ThreadStatic]
    private static TaskGroup? _openingHere;

    // Children that run their first part inside the body's, on its thread: they are in nobody's word yet.
    private int _uncounted;

    /// <summary>Registers a child, then starts it (R8).</summary>
    private Task Start<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork
    {
        if (IsHeldHere && !IsEnding)
        {
            return StartInsideBody(work, name);
        }

        switch (_state.TryEnter(asChild: true))
        {
            case GroupState.Entry.Completed:
                throw HasCompleted(Names.OfChild(name));
            case GroupState.Entry.Ending:
                _state.CutShort();
                return TWork.Ended(new OperationCanceledException(CancellationToken));
        }

        if (CanInvokeHere())
        {
            return StartHere(work, name);
        }

        IQueuedChild child = work.ToQueuedChild(this, Track(name, isWaiting: Slots is not null, work.Optional));
        return TryQueue(child) ? child.Task! : throw IsFull(Names.OfChild(name));
    }

    /// <summary>Starts a child whose task nobody is given.</summary>
    private bool TryStart<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork
    {
        if (IsHeldHere && !IsEnding)
        {
            StartInsideBody(work, name);
            return true;
        }

        switch (_state.TryEnter(asChild: true))
        {
            case GroupState.Entry.Completed:
                return false;
            case GroupState.Entry.Ending:
                _state.CutShort();
                return false;
        }

        if (CanInvokeHere())
        {
            StartHere(work, name);
            return true;
        }

        return TryQueue(new QueuedChildWithoutTask<TWork>(this, work, Track(name, isWaiting: Slots is not null, work.Optional)));
    }

    // The body's first part lies below on this very stack: until it returns, its hold keeps the group open. The stack was looked at when the body
    // began, so only children that start children need look again.
    private bool IsHeldHere => ReferenceEquals(_openingHere, this) && (_uncounted == 0 || CanInvokeHere());

    private bool CanInvokeHere() => Slots is null && HasStackToInvoke();

    // A stack that runs short queues the child instead: children that start children must not end the process.
    private bool HasStackToInvoke() =>
        Settings.ChildStart == ChildStart.Inline && RuntimeHelpers.TryEnsureSufficientExecutionStack();

    private Task StartHere<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork
    {
        Member? member = Track(name, isWaiting: false, work.Optional);
        BeginChild(member);
        Task task = Invoke(work);
        if (task.IsCompleted)
        {
            ChildEnded(task, member);
        }
        else
        {
            Watch.Over(task, this, member);
        }

        return task;
    }

    /// <summary>Starts a child under the body's hold: one that ends at once never needs its own, and costs no interlocked step.</summary>
    private Task StartInsideBody<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork
    {
        Member? member = Track(name, isWaiting: false, work.Optional);
        _uncounted++;
        BeginChild(member);
        Task task = Invoke(work);
        if (!task.IsCompleted)
        {
            _state.EnterAsChild();
            Watch.Over(task, this, member);
        }
        else if (member is not null || !task.IsCompletedSuccessfully)
        {
            SettleChild(task, member);
        }

        _uncounted--;
        return task;
    }

    /// <summary>Queues a registered child for the pool, or for a slot; if there is no place for it, takes its registration back.</summary>
    /// <remarks>
    /// A child with a slot always has a task of ours, even if it is invoked here: its own task could be seen as completed an instant before the
    /// slot is back, and who awaited it would find the group full.
    /// </remarks>
    private bool TryQueue(IQueuedChild child)
    {
        switch (Slots?.TakeOrWait(child) ?? Slots.Place.Taken)
        {
            case Slots.Place.Taken when Slots is not null && HasStackToInvoke():
                QueuedChild.BeginHere(child);
                return true;
            case Slots.Place.Taken:
                QueuedChild.Queue(child);
                return true;
            case Slots.Place.Waiting:
                if (IsEnding)
                {
                    DropWaiting(); // the cancellation may have emptied the queue just before the child came into it
                }

                return true;
            default:
                QueuedChild.Withdraw(child);
                return false;
        }
    }

    /// <summary>Calls a delegate of the user. Whatever it does, a task comes back, and the caller's context is as it was (R16).</summary>
    internal Task Invoke<TWork>(TWork work)
        where TWork : struct, IWork
    {
        ExecutionContext? before = ExecutionContext.Capture();
        Task? task;
        try
        {
            task = work.Invoke(CancellationToken);
        }
        catch (Exception exception)
        {
            task = TWork.Ended(exception); // a failed child, judged like any other
        }

        if (before is not null && ExecutionContext.Capture() != before)
        {
            ExecutionContext.Restore(before); // a delegate that is not async changed an AsyncLocal: nothing flows back
        }

        return task ?? TWork.Ended(ReturnedNull());
    }

    private Member? Track(string? name, bool isWaiting, IOptionalWork? optional)
    {
        if (!Settings.TracksChildren)
        {
            return null;
        }

        var member = new Member(Names.OfChild(name), null)
        {
            Since = Settings.Clock.Now,
            IsWaiting = isWaiting,
            Optional = optional,
        };
        Roster.Add(member);
        return member;
    }

    private InvalidOperationException ReturnedNull() => new(
        $"A delegate of the task group '{Name}' returned null instead of a task. Return Task.CompletedTask if there is nothing to wait for.");

    private InvalidOperationException HasCompleted(string what)
    {
        string message = $"The task group '{Name}' has completed, so '{what}' was not started: a group takes work only until it has been joined.";
        return new InvalidOperationException(Origin.ClosedHint is { } hint ? $"{message} {hint}" : message);
    }

    private TaskGroupFullException IsFull(string child) => new(
        $"The task group '{Name}' is full, so '{child}' was not started: {Slots!.Size} children run "
        + $"({nameof(TaskGroupOptions.MaxConcurrency)}) and {Slots.MaxWaiting} wait ({nameof(TaskGroupOptions.MaxWaiting)}).");
}
