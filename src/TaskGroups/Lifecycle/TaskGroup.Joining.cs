namespace TaskGroups;

// The body's end, the join, and what comes out of it.
public sealed partial class TaskGroup
{
    private IJoin? _join;

    /// <summary>Says that the body of a group that was opened without one has ended, and joins the group.</summary>
    /// <param name="bodyFailure">What the body ended with, if not normally; judged like the end of a child.</param>
    /// <returns>The group's outcome. Every call gives the same task; only the first call's failure counts.</returns>
    internal Task CloseAsync(Exception? bodyFailure = null)
    {
        var join = new Join();
        if (Interlocked.CompareExchange(ref _join, join, null) is Join earlier)
        {
            return earlier.Task;
        }

        BodyEnded(bodyFailure is null ? Task.CompletedTask : Plain.Ended(bodyFailure));
        return join.Task;
    }

    /// <summary>Completes a group if its body was all that held it: for an owner that is the only one to close it.</summary>
    internal bool TryCloseAlone()
    {
        // A group that goes on after failures may have some to throw; any other has been canceled by them.
        if (Settings.FailurePolicy == FailurePolicy.CollectAll || !_state.TryCompleteAlone(hasLoan: false))
        {
            return false;
        }

        TidyUp();
        LeaveParent();
        return true;
    }

    private TTask JoinBody<TTask, TJoin>(TTask body, Opening opening)
        where TTask : Task
        where TJoin : class, IJoin<TTask, TJoin>
    {
        if (body.IsCompletedSuccessfully && opening.Borrowed == 0 && _state.TryCompleteAlone(hasLoan: true))
        {
            opening.End();
            return CompleteAlone<TTask, TJoin>(body);
        }

        _state.Repay(opening.Borrowed);
        opening.End();
        TJoin join = TJoin.Of(body);
        _join = join;
        if (body.IsCompleted)
        {
            BodyEnded(body);
        }
        else
        {
            Watch.Over(body, this, Member.Body);
        }

        return join.Task;
    }

    // Everything ended before the body returned: the body's own task is the outcome, unless children failed and canceled nobody.
    private TTask CompleteAlone<TTask, TJoin>(TTask body)
        where TTask : Task
        where TJoin : class, IJoin<TTask, TJoin>
    {
        TTask outcome = body;
        TidyUp();
        if (ExtrasOrNone?.Failures is not null)
        {
            TJoin join = TJoin.Of(body);
            Resolve(join);
            outcome = join.Task;
        }

        LeaveParent();
        return outcome;
    }

    private void BodyEnded(Task body)
    {
        Verdict verdict = Judge(body);
        switch (verdict.Outcome)
        {
            case ChildOutcome.Failed:
                BodyFailed(verdict.Failures);
                break;
            case ChildOutcome.Canceled when IsEnding:
                _state.CutShort();
                break;
            case ChildOutcome.Canceled:
                Extras.HasObeyedStop = true;
                break;
        }

        Leave();
    }

    private void BodyFailed(IReadOnlyList<Exception> failures)
    {
        Exception first = failures[0];
        bool isFirst = Extras.Failures is null;
        List<Exception> unseen = Extras.Record(failures);
        foreach (Exception exception in unseen)
        {
            Settings.Observers?.ExceptionUnseen(this, null, exception);
        }

        bool isHeardOf = EndOnFailure(FailurePolicy.FailFast, null, first) || EndOnFailure(FailurePolicy.Supervise, null, first)
            || unseen.Contains(first);
        if (Parent is not null && isFirst && !isHeardOf)
        {
            Settings.Observers?.NestedBodyFailed(this, first); // nobody need await a nested group (R7)
        }
    }

    internal void Leave()
    {
        if (_state.Leave())
        {
            Complete();
        }
    }

    // Runs once, on the thread whose hold was the last: nothing can enter any more.
    private void Complete()
    {
        TidyUp();
        Resolve(_join!);
        if (_opening is not null)
        {
            _join = null; // a group that somebody kept roots no result (R21); only CloseAsync, of a group without a body, may ask again
        }

        LeaveParent();
    }

    private void TidyUp()
    {
        if (RosterOrNone is { } roster)
        {
            roster.Caller.Unregister(); // does not wait for a callback that runs: that one finds the group completed
            roster.ExtrasOrNone?.TimeoutTimer?.Dispose();
            roster.ExtrasOrNone?.StragglerTimer?.Dispose();
            roster.CompletedAt = Settings.Clock.Now;
            roster.Owner = null;
        }

        Settings.Observers?.GroupCompleted(this, Settings.Clock.Since(_openedAt));
    }

    /// <summary>R18: a failure, else what cut work short, else the value.</summary>
    private void Resolve(IJoin join)
    {
        if (ExtrasOrNone?.Failures is { } failures)
        {
            join.Fail(failures);
        }
        else if (_state.IsCutShort && CancellationReason == CancellationReason.TimedOut)
        {
            join.Fail([Extras.Timeout!]);
        }
        else if (_state.IsCutShort && CancellationReason is CancellationReason.CallerCanceled or CancellationReason.HostStopping)
        {
            join.Cancel(Extras.CallerToken);
        }
        else if (!join.TrySucceed())
        {
            // A body without a value that failed at nothing: it obeyed Stop, or Cancel.
            join.Cancel(Extras.HasObeyedStop ? StopSignal : CancellationToken);
        }

        ExtrasOrNone?.Forget();
        if (Parent is not null)
        {
            join.Observe();
        }
    }

    private void LeaveParent()
    {
        if (Parent is not { } parent)
        {
            return;
        }

        if (Roster.Place is { } place)
        {
            parent.Roster.Remove(place);
            place.Free();
            Roster.Place = null;
        }

        if (_state.IsCutShort && Extras.IsEndedByParent)
        {
            parent._state.CutShort();
        }

        parent.Leave();
    }
}
