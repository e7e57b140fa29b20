namespace TaskGroups;

// How a child runs and ends: SettleChild judges its end, ChildEnded returns its hold.
public sealed partial class TaskGroup
{
    /// <summary>Calls the delegate of a child that was queued, or waited.</summary>
    internal Task Begin<TWork>(TWork work, Member? member, CancellationToken token)
        where TWork : struct, IWork
    {
        if (member is null)
        {
            return Invoke(work, token);
        }

        member.Since = Settings.Clock.Now;
        return InvokeTracked(work, member, token);
    }

    // What observers set in the flow of execution when they hear of a child, such as the span of a trace, is the child's alone.
    private Task InvokeTracked<TWork>(TWork work, Member member, CancellationToken token)
        where TWork : struct, IWork
    {
        ExecutionContext? before = null;
        if (Settings.Observers is { WantsChildEvents: true } observers)
        {
            before = ExecutionContext.Capture();
            observers.ChildStarted(this, member.Name);
        }

        member.HasBegun = true;
        Task task = Invoke(work, token);
        RestoreFlow(before);
        return task;
    }

    /// <summary>
    /// Judges how a child ended, before anybody is told: failures first, then the cancellation, then the observers (R15).
    /// </summary>
    internal void SettleChild(Task task, Member? member)
    {
        ChildResult result = Classify(task);
        IReadOnlyList<Exception> failures = result.Failures;
        bool isFirstThrown = false;
        switch (result.Outcome)
        {
            case ChildOutcome.Failed when Settings.FailurePolicy != FailurePolicy.Supervise:
                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);
                EndOnFailure(FailurePolicy.FailFast, member?.Name, result.Failures[0]);
                break;
            case ChildOutcome.Canceled when IsEnding:
                _state.CutShort();
                break;
        }

        if (member is null)
        {
            return;
        }

        Registry!.Remove(member);
        if (Settings.Observers is { } observers)
        {
            FailureKind kind = FailureKind.Child;
            ChildOutcome outcome = result.Outcome;
            Exception? first = result.Failures is [var failure, ..] ? failure : null;
            if (member.Optional is { Failures: [var optional, ..] } work)
            {
                (kind, outcome, first) = (FailureKind.Optional, ChildOutcome.Failed, optional);
                (failures, isFirstThrown) = (work.Failures, work.IsFailureThrown);
            }

            TimeSpan elapsed = observers.WantsChildEvents || failures.Count > 0 ? Settings.Clock.Since(member.Since) : default;
            if (observers.WantsChildEvents)
            {
                observers.ChildCompleted(this, member.Name, outcome, elapsed, first);
            }

            ReportFailures(member.Name, failures, kind, elapsed, isFirstThrown);
        }

        member.Free();
    }

    /// <summary>Takes note of a child that the cancellation kept from being invoked.</summary>
    internal void DropChild(Member? member)
    {
        _state.CutShort();
        if (member is not null)
        {
            Registry!.Remove(member);
            Settings.Observers?.ChildNeverStarted(this, member.Name, Settings.Clock.Since(member.Since));
            member.Free();
        }
    }

    internal void ForgetChild(Member? member)
    {
        if (member is not null)
        {
            Registry!.Remove(member);
            member.Free();
        }
    }

    void IWatcher.Ended(Task task, Member? member)
    {
        if (ReferenceEquals(member, Member.Body))
        {
            BodyEnded(task);
        }
        else
        {
            ChildEnded(task, member);
        }
    }

    private void ChildEnded(Task task, Member? member)
    {
        SettleUnlessPlain(task, member);
        LeaveAsChild();
    }

    // Nothing needs to be said of a child that succeeded unless somebody keeps a record.
    internal void SettleUnlessPlain(Task task, Member? member)
    {
        if (member is not null || !task.IsCompletedSuccessfully)
        {
            SettleChild(task, member);
        }
    }

    /// <summary>Counts a child out whose hold stays until its task has been completed.</summary>
    internal void UncountChild(bool hasSlot)
    {
        _state.UncountChild();
        Settings.ChildLimit?.Leave();
        if (hasSlot)
        {
            PassSlotOn();
        }
    }

    /// <summary>Counts a child out and returns its hold: for one whose task nobody waits to see completed in between.</summary>
    internal void LeaveAsChild()
    {
        Settings.ChildLimit?.Leave();
        if (_state.LeaveAsChild())
        {
            Complete();
        }
    }

    internal void PassSlotOn() => Limiter?.Release()?.Queue();
}
