using System.Runtime.CompilerServices;

namespace TaskGroups;

// A child from its start to its end. It is admitted, registered, then invoked here or enqueued (R8). When its task has ended, it is
// classified (R11), its failure is recorded and acted on (R9, R15), observers are notified, and it is counted out.
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

        ChildResult result = OutcomeRules.Classify(this, task);
        IReadOnlyList<Exception> failures = result.Failures;
        bool isFirstThrown = false;
        switch (result.Outcome)
        {
            case ChildOutcome.Failed when OutcomeRules.RecordsChildren(Settings.FailurePolicy):
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
        if (result.Outcome == ChildOutcome.Canceled)
        {
            HostContext.ChildCutShort?.Invoke(this, record.Copy(), true);
        }

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

        IHeldWork? held = outcome == ChildOutcome.Succeeded ? null : record.Held;
        failures = held?.Failures ?? failures;
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

        if (failures.Count > 0 && held?.TryHold(record.Name, elapsed) != true)
        {
            ReportFailures(record.Name, failures, kind, elapsed, held?.IsFailureThrown ?? isFirstThrown);
        }
    }

    internal void ReportFailures(
        string? child, IReadOnlyList<Exception> failures, FailureKind kind, TimeSpan elapsed, bool isFirstThrown)
    {
        foreach ((int index, Exception failure) in failures.Index())
        {
            Settings.Observers?.FailureReported(this, child, failure, kind, elapsed, isThrownByAwait: isFirstThrown && index == 0);
        }
    }

    /// <returns>Whether the failure canceled the group, and observers know it by that.</returns>
    private bool CancelOnFailure(string? child, Exception failure, bool isOfBody) =>
        OutcomeRules.CancelsGroup(Settings.FailurePolicy, isOfBody)
        && GroupTree.Cancel(this, CancellationReason.ChildFailed, child, failure);

    /// <summary>Counts a child out and returns its hold: for one whose task no code waits to see completed in between.</summary>
    internal void ReleaseChild()
    {
        Settings.ChildLimit?.Leave();
        if (_state.ReleaseChild())
        {
            Complete();
        }
    }
}
