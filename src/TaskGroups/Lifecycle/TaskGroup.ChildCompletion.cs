namespace TaskGroups;

// How a child ends: it is classified (R11), its failure recorded and acted on (R9, R15), then it is counted out.
public sealed partial class TaskGroup
{
    private void OnChildCompleted(Task task, ChildRecord? record)
    {
        CompleteChild(task, record);
        ReleaseChild();
    }

    /// <summary>
    /// Classifies how a child ended, before any other code learns of it: failures first, then the cancellation, then the observers (R15).
    /// </summary>
    internal void CompleteChild(Task task, ChildRecord? record)
    {
        if (record is null && task.IsCompletedSuccessfully)
        {
            return; // there is nothing to record or to report
        }

        if (record is not null)
        {
            Settings.Instrumentation?.ChildEnding(this, record.Id);
        }

        ChildResult result = OutcomeClassifier.Classify(this, task);
        IReadOnlyList<Exception> failures = result.Failures;
        bool isFirstThrown = false;
        switch (result.Outcome)
        {
            case ChildOutcome.Failed when GroupOutcome.RecordsChildren(Settings.FailurePolicy):
                (failures, isFirstThrown) = GetOrCreateContingent().Record(result.Failures);
                CancelOnFailure(record?.Name, result.Failures[0], isOfBody: false);
                break;
            case ChildOutcome.Canceled when IsEnding:
                _state.MarkCutShort();
                break;
        }

        if (record is not null)
        {
            _registry!.Remove(record);
            ReportChild(record, result, failures, isFirstThrown);
            record.Free();
        }
    }

    private void ReportChild(ChildRecord record, ChildResult result, IReadOnlyList<Exception> failures, bool isFirstThrown)
    {
        HostContext.ChildEnded?.Invoke(this, record.Copy(), result.Outcome);
        if (Settings.Observers is not { } observers)
        {
            return;
        }

        FailureKind kind = FailureKind.Child;
        ChildOutcome outcome = result.Outcome;
        Exception? first = result.Failures is [var failure, ..] ? failure : null;
        if (record.Optional is { Failures: [var optional, ..] } work)
        {
            (kind, outcome, first) = (FailureKind.Optional, ChildOutcome.Failed, optional);
            (failures, isFirstThrown) = (work.Failures, work.IsFailureThrown);
        }

        GroupInstrumentation? instrumentation = Settings.Instrumentation;
        if (instrumentation is null && !observers.WantsChildEvents && failures.Count == 0)
        {
            return; // nothing needs the time
        }

        TimeSpan elapsed = Settings.Clock.Since(record.Since);
        instrumentation?.ChildEnded(this, record.Copy(), outcome, elapsed, first);
        if (observers.WantsChildEvents)
        {
            observers.ChildCompleted(this, record.Name, outcome, elapsed, first);
        }

        ReportFailures(record.Name, failures, kind, elapsed, isFirstThrown);
    }

    private void ReportFailures(
        string? child, IReadOnlyList<Exception> failures, FailureKind kind, TimeSpan elapsed, bool isFirstThrown)
    {
        foreach ((int index, Exception failure) in failures.Index())
        {
            Settings.Observers?.FailureReported(this, child, failure, kind, elapsed, isThrownByAwait: isFirstThrown && index == 0);
        }
    }

    /// <summary>Lets a combinator fail its own group with failures that it held back.</summary>
    internal void RecordFailures(IReadOnlyList<Exception> failures) => GetOrCreateContingent().Record(failures);

    /// <summary>Lets a combinator say that no code will await its group: what has failed, and what still fails, is reported.</summary>
    internal void MarkUnobserved() => GetOrCreateContingent().MarkUnobserved();

    /// <returns>Whether the failure canceled the group, and observers know it by that.</returns>
    private bool CancelOnFailure(string? child, Exception failure, bool isOfBody) =>
        GroupOutcome.CancelsGroup(Settings.FailurePolicy, isOfBody)
        && GroupTree.Cancel(this, CancellationReason.ChildFailed, child, failure);

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
            HostContext.ChildEnded?.Invoke(this, record.Copy(), null);
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

    /// <summary>Counts a child out and returns its hold: for one whose task no code waits to see completed in between.</summary>
    internal void ReleaseChild()
    {
        Settings.ChildLimit?.Leave();
        if (_state.ReleaseChild())
        {
            Complete();
        }
    }

    internal void PassSlotOn()
    {
        Limiter?.Release()?.Enqueue();
        HostContext.OnPlaceFreed?.Invoke();
    }
}
