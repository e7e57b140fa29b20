using System.Runtime.CompilerServices;

namespace TaskGroups;

// A child's way: Start registers it, Invoke calls its delegate, SettleChild judges its end, ChildEnded returns its hold.
public sealed partial class TaskGroup
{
    /// <summary>Registers a child, then starts it (R8).</summary>
    private TTask Start<TState, TTask, TShape>(Func<TState, CancellationToken, TTask> work, TState state, string? name)
        where TTask : Task
        where TShape : struct, IResultShape<TTask>
    {
        switch (_state.TryEnter(asChild: true))
        {
            case GroupState.Entry.Completed:
                throw HasCompleted(Names.OfChild(name));
            case GroupState.Entry.Ending:
                _state.CutShort();
                return TShape.Ended(new OperationCanceledException(CancellationToken));
        }

        if (Slots is null && CanInvokeHere())
        {
            return StartHere<TState, TTask, TShape>(work, state, name);
        }

        (IQueuedChild child, TTask task) = TShape.Queued(this, work, state, Track(name, isWaiting: Slots is not null, state));
        return TryQueue(child) ? task : throw IsFull(Names.OfChild(name));
    }

    /// <summary>Starts a child whose task nobody is given.</summary>
    private bool TryStart<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name)
    {
        switch (_state.TryEnter(asChild: true))
        {
            case GroupState.Entry.Completed:
                return false;
            case GroupState.Entry.Ending:
                _state.CutShort();
                return false;
        }

        if (Slots is null && CanInvokeHere())
        {
            StartHere<TState, Task, Plain>(work, state, name);
            return true;
        }

        return TryQueue(new QueuedChildWithoutTask<TState>(this, work, state, Track(name, isWaiting: Slots is not null, state)));
    }

    // A stack that runs short queues the child instead: children that start children must not end the process.
    private bool CanInvokeHere() =>
        Settings.ChildStart == ChildStart.Inline && RuntimeHelpers.TryEnsureSufficientExecutionStack();

    private TTask StartHere<TState, TTask, TShape>(Func<TState, CancellationToken, TTask> work, TState state, string? name)
        where TTask : Task
        where TShape : struct, IResultShape<TTask>
    {
        Member? member = Track(name, isWaiting: false, state);
        BeginChild(member);
        TTask task = Invoke<TState, TTask, TShape>(work, state);
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

    /// <summary>Queues a registered child for the pool, or for a slot; if there is no place for it, takes its registration back.</summary>
    /// <remarks>
    /// A child with a slot always has a task of ours, even if it is invoked here: its own task could be seen as completed an instant before the
    /// slot is back, and who awaited it would find the group full.
    /// </remarks>
    private bool TryQueue(IQueuedChild child)
    {
        switch (Slots?.TakeOrWait(child) ?? Slots.Place.Taken)
        {
            case Slots.Place.Taken when Slots is not null && CanInvokeHere():
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
    internal TTask Invoke<TState, TTask, TShape>(Func<TState, CancellationToken, TTask> work, TState state)
        where TTask : Task
        where TShape : struct, IResultShape<TTask>
    {
        ExecutionContext? before = ExecutionContext.Capture();
        TTask? task;
        try
        {
            task = work(state, CancellationToken);
        }
        catch (Exception exception)
        {
            task = TShape.Ended(exception); // a failed child, judged like any other
        }

        if (before is not null && ExecutionContext.Capture() != before)
        {
            ExecutionContext.Restore(before); // a delegate that is not async changed an AsyncLocal: nothing flows back
        }

        return task ?? TShape.Ended(new InvalidOperationException(
            $"A delegate of the task group '{Name}' returned null instead of a task. Return Task.CompletedTask if there is nothing to wait for."));
    }

    /// <summary>Tells that a child's delegate is about to be invoked.</summary>
    internal void BeginChild(Member? member)
    {
        if (member is null)
        {
            return;
        }

        member.Since = Settings.TimeProvider.GetTimestamp();
        Settings.Observers?.ChildStarted(this, member.Name);
    }

    /// <summary>Judges how a child ended, before anybody is told: failures first, then the cancellation, then the observers (R15).</summary>
    internal void SettleChild(Task task, Member? member)
    {
        Verdict verdict = Judge(task);
        IReadOnlyList<Exception> unseen = verdict.Failures;
        switch (verdict.Outcome)
        {
            case ChildOutcome.Failed when Settings.FailurePolicy != FailurePolicy.Supervise:
                unseen = RecordFailures(verdict.Failures);
                EndOnFailure(FailurePolicy.FailFast, member?.Name, verdict.Failures[0]);
                break;
            case ChildOutcome.Canceled when IsEnding:
                _state.CutShort();
                break;
        }

        if (member is null)
        {
            return;
        }

        if (member.Optional?.Failure is { } absorbed)
        {
            verdict = new Verdict(ChildOutcome.Failed, [absorbed]);
            unseen = member.Optional.IsFailureThrown ? [] : verdict.Failures;
        }

        Roster.Remove(member);
        if (Settings.Observers is { } observers)
        {
            TimeSpan elapsed = Settings.TimeProvider.GetElapsedTime(member.Since);
            observers.ChildCompleted(this, member.Name, verdict.Outcome, elapsed, verdict.Failures is [var first, ..] ? first : null);
            foreach (Exception exception in unseen)
            {
                observers.ExceptionUnseen(this, member.Name, exception);
            }
        }
    }

    /// <summary>Takes note of a child that the cancellation kept from being invoked.</summary>
    internal void DropChild(Member? member)
    {
        _state.CutShort();
        if (member is not null)
        {
            Roster.Remove(member);
            Settings.Observers?.ChildNeverStarted(this, member.Name, Settings.TimeProvider.GetElapsedTime(member.Since));
        }
    }

    internal void ForgetChild(Member? member)
    {
        if (member is not null)
        {
            Roster.Remove(member);
        }
    }

    void IWatcher.Ended(Task task, Member? member) => ChildEnded(task, member);

    private void ChildEnded(Task task, Member? member)
    {
        if (!task.IsCompletedSuccessfully || member is not null)
        {
            SettleChild(task, member);
        }

        if (_state.LeaveAsChild())
        {
            Complete();
        }
    }

    /// <summary>Counts a child out whose hold stays until its task has been completed.</summary>
    internal void UncountChild(bool hasSlot)
    {
        _state.UncountChild(); // before its slot goes on: nobody ever counts more running children than slots
        if (hasSlot && Slots?.Release() is { } next)
        {
            QueuedChild.Queue(next);
        }
    }

    private Member? Track<TState>(string? name, bool isWaiting, TState state)
    {
        if (!Settings.TracksChildren)
        {
            return null;
        }

        var member = new Member(Names.OfChild(name), null)
        {
            Since = Settings.TimeProvider.GetTimestamp(),
            IsWaiting = isWaiting,
            Optional = state as IOptionalWork,
        };
        Roster.Add(member);
        return member;
    }

    private InvalidOperationException HasCompleted(string what)
    {
        string message = $"The task group '{Name}' has completed, so '{what}' was not started: a group takes work only until it has been joined.";
        return new InvalidOperationException(Origin.ClosedHint is { } hint ? $"{message} {hint}" : message);
    }

    private TaskGroupFullException IsFull(string child) => new(
        $"The task group '{Name}' is full, so '{child}' was not started: {Slots!.Size} children run "
        + $"({nameof(TaskGroupOptions.MaxConcurrency)}) and {Slots.MaxWaiting} wait ({nameof(TaskGroupOptions.MaxWaiting)}).");
}
