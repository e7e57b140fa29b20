namespace TaskGroups;

// How the body of a group ends, and how the group completes.
public sealed partial class TaskGroup
{
    // Everything ended before the body returned: the body's own task is the outcome, unless children failed and did not cancel the group.
    private TTask CompleteAlone<TTask, TKind>(TTask body)
        where TTask : Task
        where TKind : struct, IResultKind<TTask>
    {
        TTask outcome = body;
        ReleaseResources();
        if (Contingent?.Failures is not null)
        {
            (IGroupCompletion completion, outcome) = TKind.CreateCompletion(body);
            CompleteTask(completion);
        }

        ReleaseParent();
        return outcome;
    }

    private void OnBodyCompleted(Task body)
    {
        ChildResult result = OutcomeRules.Classify(this, body);
        switch (result.Outcome)
        {
            case ChildOutcome.Failed:
                OnBodyFailed(result.Failures);
                break;
            case ChildOutcome.Canceled when IsEnding:
                _state.MarkCutShort();
                break;
            case ChildOutcome.Canceled:
                GetOrCreateContingent().WasBodyStopped = true;
                break;
        }

        Release();
    }

    private void OnBodyFailed(IReadOnlyList<Exception> failures)
    {
        // A body that awaits a child may learn of its failure before the group does. It is the child's failure all the same (R14).
        ChildEntry? failed = OutcomeRules.RecordsChildren(Settings.FailurePolicy) ? Registry?.FindFailed(failures[0]) : null;
        ContingentState contingent = GetOrCreateContingent();
        (IReadOnlyList<Exception> recorded, bool isFirstThrown) = contingent.Record(failures);
        bool hasCanceled = CancelOnFailure(failed?.Name, failures[0], isOfBody: true);
        contingent.IsFirstFailureUnseen |= isFirstThrown && !hasCanceled;
        if (failed is { } child)
        {
            ReportFailures(child.Name, recorded, FailureKind.Child, Settings.Clock.Since(child.Since), isFirstThrown);
        }
        else
        {
            ReportFailures(null, recorded, FailureKind.Body, Elapsed, isFirstThrown);
        }
    }

    /// <summary>Lets a combinator fail its own group with failures that it held back.</summary>
    /// <returns>Whether an await of the group throws the first of them.</returns>
    internal bool RecordFailures(IReadOnlyList<Exception> failures) => GetOrCreateContingent().Record(failures).IsFirstThrown;

    /// <summary>Lets a combinator say that no code will await its group: what has failed, and what still fails, is reported.</summary>
    internal void MarkUnobserved() => GetOrCreateContingent().MarkUnobserved();

    /// <summary>Keeps the group from completing before a task that never fails. The caller has a hold.</summary>
    internal void HoldUntil(Task task)
    {
        if (!task.IsCompleted && _state.TryHold())
        {
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(Release);
        }
    }

    /// <summary>Returns a hold. The last one completes the group.</summary>
    internal void Release()
    {
        if (_state.Release())
        {
            Complete();
        }
    }

    // Runs once, on the thread that returned the last hold: no work can be admitted any more.
    private void Complete()
    {
        ReleaseResources();
        CompleteTask(_completion!);
        if (_biased is not null)
        {
            _completion = null; // a completed group roots no result (R21); only CloseAsync, of a group without a body, gives it again
        }

        ReleaseParent();
    }

    private void ReleaseResources()
    {
        if (Parent is not null && FirstFailure is { } failure)
        {
            // A nested group need not be awaited (R7).
            Settings.Observers?.FailureReported(
                this, failure, FailureKind.Nested, isThrownByAwait: !Contingent!.IsFirstFailureUnseen);
            Parent.NoteNestedFailure(this, failure);
        }

        if (Registry is { } registry)
        {
            registry.CallerRegistration.Unregister(); // does not wait for a running callback, which finds the group completed
            registry.Contingent?.DropTimers();
            registry.CompletedAt = Settings.Clock.Now;
            registry.Owner = null;
        }

        ReportNestedFailure();
        Settings.Observers?.GroupCompleted(this, Elapsed);
    }

    private void NoteNestedFailure(TaskGroup nested, Exception failure)
    {
        if (Settings.Observers is not null && HostContext is { IsInternal: false, CountsNestedAsChildren: false })
        {
            GetOrCreateContingent().NestedFailure ??= new NestedFailure(nested.Name, failure); // of several any one tells
        }
    }

    // Code that awaited the nested group has handled its failure, or none has awaited it.
    private void ReportNestedFailure()
    {
        if (Contingent is { NestedFailure: { } nested } contingent)
        {
            contingent.NestedFailure = null;
            if (OutcomeRules.Decide(contingent.Failures is not null, _state.IsCutShort, CancellationReason, hasValue: true)
                == GroupDecision.Succeed)
            {
                Settings.Observers?.EndedWellDespite(this, nested.Name, nested.Failure);
            }
        }
    }

    private void CompleteTask(IGroupCompletion completion)
    {
        ContingentState? contingent = Contingent;
        IReadOnlyList<Exception>? failures = contingent?.Failures;
        switch (OutcomeRules.Decide(failures is not null, _state.IsCutShort, CancellationReason, completion.HasValue))
        {
            case GroupDecision.Fail:
                completion.Fail(failures!);
                break;
            case GroupDecision.TimeOut:
                completion.Fail([contingent!.Timeout!]);
                break;
            case GroupDecision.CancelByCaller:
                completion.Cancel(CanceledExceptionWith(contingent!.CallerToken));
                break;
            case GroupDecision.CancelByGroup:
                completion.Cancel(CanceledExceptionWith(
                    contingent is { WasBodyStopped: true } ? GroupTree.StopSignalOf(this) : CancellationToken));
                break;
            default:
                completion.Succeed();
                break;
        }

        contingent?.Forget();
        if (Parent is not null && completion.Task.IsFaulted)
        {
            OnNestedTaskFailed(completion.Task);
        }
    }

    // Like any other task it stays unobserved until some code awaits it (R48).
    private void OnNestedTaskFailed(Task task)
    {
        if (Parent!.HostContext.CountsNestedAsChildren)
        {
            _ = task.Exception; // the host's observers have it
        }
        else
        {
            FailedGroup.Add(task, new FailedGroup(Name, HostContext.Services));
        }
    }

    /// <summary>What an await of the completed group throws, unless it is a cancellation.</summary>
    private Exception? FirstFailure =>
        Contingent is not { } contingent ? null
        : contingent.Failures is [var first, ..] ? first
        : CancellationReason == CancellationReason.TimedOut && _state.IsCutShort ? contingent.Timeout
        : null;

    private void ReleaseParent()
    {
        if (Parent is { } parent)
        {
            GroupTree.Remove(this, parent);
        }
    }
}
