namespace TaskGroups;

// The body's end, the join, and what comes out of it.
public sealed partial class TaskGroup
{
    private IGroupCompletion? _join;

    /// <summary>Says that the body of a group that was opened without one has ended, and joins the group.</summary>
    /// <param name="bodyFailure">What the body ended with, if not normally; judged like the end of a child.</param>
    /// <returns>The group's outcome. Every call gives the same task; only the first call's failure counts.</returns>
    internal Task CloseAsync(Exception? bodyFailure = null)
    {
        var join = new GroupCompletion();
        if (Interlocked.CompareExchange(ref _join, join, null) is GroupCompletion earlier)
        {
            return earlier.Task;
        }

        BodyEnded(bodyFailure is null ? Task.CompletedTask : VoidResult.FromException(bodyFailure));
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

    private TTask JoinBody<TTask, TCompletion>(TTask body, Opening opening)
        where TTask : Task
        where TCompletion : class, IGroupCompletion<TTask, TCompletion>
    {
        if (body.IsCompletedSuccessfully && opening.Borrowed == 0 && _state.TryCompleteAlone(hasLoan: true))
        {
            opening.End();
            return CompleteAlone<TTask, TCompletion>(body);
        }

        _state.Repay(opening.Borrowed);
        opening.End();
        TCompletion join = TCompletion.Of(body);
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
    private TTask CompleteAlone<TTask, TCompletion>(TTask body)
        where TTask : Task
        where TCompletion : class, IGroupCompletion<TTask, TCompletion>
    {
        TTask outcome = body;
        TidyUp();
        if (Contingent?.Failures is not null)
        {
            TCompletion join = TCompletion.Of(body);
            Resolve(join);
            outcome = join.Task;
        }

        LeaveParent();
        return outcome;
    }

    private void BodyEnded(Task body)
    {
        ChildResult result = Classify(body);
        switch (result.Outcome)
        {
            case ChildOutcome.Failed:
                BodyFailed(result.Failures);
                break;
            case ChildOutcome.Canceled when IsEnding:
                _state.CutShort();
                break;
            case ChildOutcome.Canceled:
                GetOrCreateContingent().HasObeyedStop = true;
                break;
        }

        Leave();
    }

    private void BodyFailed(IReadOnlyList<Exception> failures)
    {
        ContingentState state = GetOrCreateContingent();
        (IReadOnlyList<Exception> unseen, bool isFirstThrown) = state.Record(failures);
        bool hasCanceled =
            EndOnFailure(FailurePolicy.FailFast, null, failures[0]) || EndOnFailure(FailurePolicy.Supervise, null, failures[0]);
        state.IsFirstFailureUnseen |= isFirstThrown && !hasCanceled;
        ReportFailures(null, unseen, FailureKind.Body, Elapsed, isFirstThrown);
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
        if (Parent is not null && FirstFailure is { } failure)
        {
            // No code need await a nested group (R7).
            Settings.Observers?.FailureReported(
                this, failure, FailureKind.Nested, isThrownByAwait: !Contingent!.IsFirstFailureUnseen);
        }

        if (Registry is { } registry)
        {
            registry.Caller.Unregister(); // does not wait for a callback that runs: that one finds the group completed
            registry.Contingent?.TimeoutTimer?.Dispose();
            registry.Contingent?.StragglerTimer?.Dispose();
            registry.CompletedAt = Settings.Clock.Now;
            registry.Owner = null;
        }

        Settings.Observers?.GroupCompleted(this, Elapsed);
    }

    /// <summary>R18: a failure, else what cut work short, else the value.</summary>
    private void Resolve(IGroupCompletion join)
    {
        if (Contingent?.Failures is { } failures)
        {
            join.Fail(failures);
        }
        else if (_state.IsCutShort && CancellationReason == CancellationReason.TimedOut)
        {
            join.Fail([GetOrCreateContingent().Timeout!]);
        }
        else if (_state.IsCutShort && CancellationReason is CancellationReason.CallerCanceled or CancellationReason.HostStopping)
        {
            join.Cancel(GetOrCreateContingent().CallerToken);
        }
        else if (!join.TrySucceed())
        {
            // A body without a value that failed at nothing: it obeyed Stop, or Cancel.
            join.Cancel(GetOrCreateContingent().HasObeyedStop ? StopSignal : CancellationToken);
        }

        Contingent?.Forget();
        if (Parent is not null)
        {
            join.MarkObserved();
        }
    }

    /// <summary>What an await of the completed group throws, unless it is a cancellation.</summary>
    private Exception? FirstFailure =>
        Contingent is not { } state ? null
        : state.Failures is [var first, ..] ? first
        : CancellationReason == CancellationReason.TimedOut && _state.IsCutShort ? state.Timeout
        : null;

    private void ReportFailures(
        string? child, IReadOnlyList<Exception> failures, FailureKind kind, TimeSpan elapsed, bool isFirstThrown)
    {
        foreach ((int index, Exception failure) in failures.Index())
        {
            Settings.Observers?.FailureReported(this, child, failure, kind, elapsed, isThrownByAwait: isFirstThrown && index == 0);
        }
    }

    private void LeaveParent()
    {
        if (Parent is not { } parent)
        {
            return;
        }

        if (Registry!.ParentEntry is { } place)
        {
            parent.Registry!.Remove(place);
            place.Free();
            Registry.ParentEntry = null;
        }

        if (_state.IsCutShort && GetOrCreateContingent().IsEndedByParent)
        {
            parent._state.CutShort();
        }

        parent.Leave();
    }
}
