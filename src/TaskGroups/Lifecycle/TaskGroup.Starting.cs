using System.Runtime.CompilerServices;

namespace TaskGroups;

// How a child starts: it is registered, then invoked here, or queued for the pool or for a slot.
public sealed partial class TaskGroup
{
    /// <summary>Registers a child, then starts it (R8).</summary>
    private Task Start<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork =>
        StartOnLoan(work) ?? StartCounted(work, name);

    private Task StartCounted<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork
    {
        Opening? opening = OpeningHere;
        switch (Enter(opening))
        {
            case GroupState.Entry.Completed:
                throw HasCompleted(DisplayName.ForChild(name));
            case GroupState.Entry.Ending:
                return TWork.FromException(new OperationCanceledException(CancellationToken));
        }

        if (!TryEnterChildLimit())
        {
            throw IsOverChildLimit(DisplayName.ForChild(name));
        }

        if (Limiter is null && CanInvokeHere)
        {
            return StartHere(work, name, opening);
        }

        IQueuedChild child = work.ToQueuedChild(this, Track(name, isWaiting: Limiter is not null, work.Optional), TokenFor(opening));
        return TryQueue(child) ? child.Task! : throw IsFull(DisplayName.ForChild(name));
    }

    /// <summary>Starts a child whose task nobody is given.</summary>
    private bool TryStart<TWork>(TWork work, string? name)
        where TWork : struct, IChildWork
    {
        if (StartOnLoan(work) is not null)
        {
            return true;
        }

        Opening? opening = OpeningHere;
        if (Enter(opening) != GroupState.Entry.Taken || !TryEnterChildLimit())
        {
            return false;
        }

        if (Limiter is null && CanInvokeHere)
        {
            StartHere(work, name, opening);
            return true;
        }

        var child = new QueuedChildWithoutTask<TWork>(
            this, work, Track(name, isWaiting: Limiter is not null, work.Optional), TokenFor(opening));
        return TryQueue(child);
    }

    /// <summary>The first part of the body, if this is its stack and its loan may be used.</summary>
    private Opening? OpeningHere => _opening is { } opening && opening.IsHere(this) ? opening : null;

    private GroupState.Entry Enter(Opening? opening)
    {
        if (opening is not null)
        {
            opening.Borrow();
            return GroupState.Entry.Taken;
        }

        GroupState.Entry entry = _state.TryEnter(asChild: true);
        if (entry == GroupState.Entry.Ending)
        {
            _state.CutShort();
        }

        return entry;
    }

    /// <summary>
    /// Counts a child that has entered the group into the limit that groups share; where that is full, the child leaves the group again.
    /// </summary>
    private bool TryEnterChildLimit()
    {
        if (Settings.ChildLimit is not { } limit || limit.TryEnter())
        {
            return true;
        }

        if (_state.LeaveAsChild())
        {
            Complete();
        }

        return false;
    }

    private CancellationToken TokenFor(Opening? opening) => opening?.Token ?? CancellationToken;

    // A stack that runs short queues the child instead: children that start children must not end the process.
    private bool CanInvokeHere => Settings.ChildStart == ChildStart.Inline && RuntimeHelpers.TryEnsureSufficientExecutionStack();

    private Task StartHere<TWork>(TWork work, string? name, Opening? opening)
        where TWork : struct, IChildWork
    {
        Member? member = Track(name, isWaiting: false, work.Optional);
        CancellationToken token = TokenFor(opening);
        Task task = member is null ? Invoke(work, token) : InvokeTracked(work, member, token);
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

    /// <summary>
    /// Starts a child on loan, if it is started here and may be: one that ends at once borrows nothing, and was never in the word.
    /// </summary>
    /// <remarks>One method, so that it asks once which thread this is.</remarks>
    private Task? StartOnLoan<TWork>(TWork work)
        where TWork : struct, IChildWork
    {
        if (_opening is not { } opening || !opening.Invokes || !opening.IsHere(this))
        {
            return null;
        }

        opening.Enter();
        Task task = Invoke(work, opening.Token);
        if (task.IsCompletedSuccessfully)
        {
            opening.Leave(); // nothing is to be said of it
        }
        else if (task.IsCompleted)
        {
            SettleChild(task, null);
            opening.Leave();
        }
        else
        {
            Watch.Over(task, this, null);
            opening.Keep(); // it may have ended meanwhile: the loan that it leaves from is not repaid before this part ends
        }

        return task;
    }

    /// <summary>Queues a registered child for the pool, or for a slot; if there is no place for it, takes its registration back.</summary>
    /// <remarks>
    /// A child with a slot always has a task of ours, even if it is invoked here: its own task could be seen as completed an instant before
    /// the
    /// slot is back, and who awaited it would find the group full.
    /// </remarks>
    private bool TryQueue(IQueuedChild child)
    {
        switch (Limiter?.TryAcquire(child) ?? Admission.Admitted)
        {
            case Admission.Admitted when Limiter is not null && CanInvokeHere:
                child.Begin();
                return true;
            case Admission.Admitted:
                child.Queue();
                return true;
            case Admission.Queued:
                if (IsEnding)
                {
                    DropWaiting(); // the cancellation may have emptied the queue just before the child came into it
                }

                return true;
            default:
                child.Withdraw();
                return false;
        }
    }

    /// <summary>Calls a delegate of the user. Whatever it does, a task comes back, and the caller's context is as it was (R16).</summary>
    internal Task Invoke<TWork>(TWork work, CancellationToken token)
        where TWork : struct, IWork
    {
        ExecutionContext? before = ExecutionContext.Capture();
        Task? task = Try(work, token);
        RestoreFlow(before); // a delegate that is not async may have changed an AsyncLocal: nothing flows back
        return task ?? TWork.FromException(ReturnedNull());
    }

    private static void RestoreFlow(ExecutionContext? before)
    {
        if (before is not null && ExecutionContext.Capture() != before)
        {
            ExecutionContext.Restore(before);
        }
    }

    private static Task? Try<TWork>(TWork work, CancellationToken token)
        where TWork : struct, IWork
    {
        try
        {
            return work.Invoke(token);
        }
        catch (Exception exception)
        {
            return TWork.FromException(exception); // a failed child, judged like any other
        }
    }

    private Member? Track(string? name, bool isWaiting, IOptionalWork? optional)
    {
        if (!Settings.TracksChildren)
        {
            return null;
        }

        var member = Member.Of(DisplayName.ForChild(name), null);
        member.Since = Settings.Clock.Now;
        member.IsWaiting = isWaiting;
        member.Optional = optional;
        GetOrCreateRegistry().Add(member);
        return member;
    }

    private InvalidOperationException ReturnedNull() => new(
        $"A delegate of the task group '{Name}' returned null instead of a task. Return Task.CompletedTask if there is nothing to wait "
            + $"for.");

    private InvalidOperationException HasCompleted(string what) => new(
        $"The task group '{Name}' has completed, so '{what}' was not started: a group takes work only until it has been joined. "
        + (HostContext.CompletedHint ?? "Start it before the body returns, or in a group of its own: TaskGroup.RunAsync."));

    private TaskGroupFullException IsOverChildLimit(string child) => new(
        $"The task group '{Name}' did not start '{child}': {Settings.ChildLimit!.Size} children run or wait in all groups together "
            + $"({Settings.ChildLimit.Setting}).");

    private TaskGroupFullException IsFull(string child) => new(
        $"The task group '{Name}' is full, so '{child}' was not started: {Limiter!.Size} children run "
        + $"({nameof(TaskGroupOptions.MaxConcurrency)}) and {Limiter.MaxWaiting} wait ({nameof(TaskGroupOptions.MaxWaiting)}).");
}
