using System.Diagnostics;

namespace TaskGroups;

/// <summary>How a child or the body ended.</summary>
/// <param name="Outcome">Success, failure or cancellation, by R11.</param>
/// <param name="Failures">The exceptions, if it failed; one as a rule, several if its task held several.</param>
internal readonly record struct ChildResult(ChildOutcome Outcome, IReadOnlyList<Exception> Failures)
{
    public static ChildResult Succeeded { get; } = new(ChildOutcome.Succeeded, []);

    public static ChildResult Canceled { get; } = new(ChildOutcome.Canceled, []);
}

/// <summary>What the task of a completed group does when awaited.</summary>
internal enum GroupDecision
{
    /// <summary>It yields the body's value, or nothing.</summary>
    Succeed,

    /// <summary>It throws the failures.</summary>
    Fail,

    /// <summary>It throws a <see cref="TimeoutException"/>.</summary>
    TimeOut,

    /// <summary>It throws a cancellation with the token of the caller, of the parent, or of the host.</summary>
    CancelByCaller,

    /// <summary>It throws a cancellation with a token of the group: <c>Stop</c> or <c>Cancel</c> left the body without a value.</summary>
    CancelByGroup,
}

/// <summary>
/// How the ends of children and groups are judged: what is a failure and what a cancellation (R11), what a failure does (R9, R13), and what
/// the task of the group does in the end (R18).
/// </summary>
internal static class OutcomeRules
{
    /// <summary>Classifies the end of a child or of the body. Observes the task's exceptions.</summary>
    public static ChildResult Classify(TaskGroup group, Task task)
    {
        if (task.IsCompletedSuccessfully)
        {
            return ChildResult.Succeeded;
        }

        if (task.IsCanceled)
        {
            // Only a group that is not ending needs the exception, and with it one more throw.
            return group.IsEnding ? ChildResult.Canceled : ClassifyCancellation(group, ExceptionOf(task));
        }

        return ClassifyFailures(group, task.Exception!.InnerExceptions);
    }

    /// <summary>
    /// Whether an exception is a cancellation: the group was canceled or stopped, and no timeout is inside. A group whose canceler has
    /// fired is canceled by this call, if it was not yet (R17): not to be called under a lock.
    /// </summary>
    public static bool IsCancellation(TaskGroup group, Exception exception) =>
        exception is OperationCanceledException && !HasTimeoutInside(exception) && (GroupTree.CatchUp(group) || IsStopped(group));

    /// <summary>
    /// The task to copy into the one that was handed out: a canceled task may make a new exception for each await, so the child's failure
    /// becomes one object that all code sees.
    /// </summary>
    public static Task MaterializeCancellation<TWork>(TaskGroup group, Task ended)
        where TWork : struct, IWork =>
        ended.IsCanceled && !group.IsEnding ? TWork.FromException(ExceptionOf(ended)) : ended;

    /// <summary>Whether a token is the soft signal of the group, or of one around it, that was stopped.</summary>
    public static bool IsStopSignal(TaskGroup group, CancellationToken token)
    {
        for (TaskGroup? each = group; each is not null && token.IsCancellationRequested; each = each.Parent)
        {
            if (each.IsStopped && token == each.StoppingToken)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the failure of a child is one of the group's, or concerns the child alone (R13).</summary>
    public static bool RecordsChildren(FailurePolicy policy) => policy != FailurePolicy.Supervise;

    /// <summary>Whether a failure cancels the group at once (R9, R13).</summary>
    public static bool CancelsGroup(FailurePolicy policy, bool isOfBody) =>
        policy switch
        {
            FailurePolicy.FailFast => true,
            FailurePolicy.Supervise => isOfBody,
            _ => false,
        };

    /// <summary>Decides the outcome of a group that has completed (R18).</summary>
    /// <param name="hasFailed">Whether a failure was recorded.</param>
    /// <param name="wasCutShort">Whether the body or a child ended canceled, or work was refused.</param>
    /// <param name="reason">What canceled the group.</param>
    /// <param name="hasValue">Whether the body has what the group's task yields; always true of a group without a value.</param>
    public static GroupDecision Decide(bool hasFailed, bool wasCutShort, CancellationReason reason, bool hasValue) =>
        (hasFailed, wasCutShort, reason, hasValue) switch
        {
            (true, _, _, _) => GroupDecision.Fail,
            (_, true, CancellationReason.TimedOut, _) => GroupDecision.TimeOut,
            (_, true, CancellationReason.CallerCanceled or CancellationReason.HostStopping, _) => GroupDecision.CancelByCaller,
            (_, _, _, true) => GroupDecision.Succeed,
            _ => GroupDecision.CancelByGroup,
        };

    // A method of its own: its closure costs bytes, which children that succeed must not pay.
    private static ChildResult ClassifyFailures(TaskGroup group, IEnumerable<Exception> exceptions)
    {
        List<Exception> failures = [.. exceptions.Where(exception => !IsCancellation(group, exception))];
        return failures.Count == 0 ? ChildResult.Canceled : new ChildResult(ChildOutcome.Failed, failures);
    }

    private static ChildResult ClassifyCancellation(TaskGroup group, OperationCanceledException exception) =>
        IsCancellation(group, exception) ? ChildResult.Canceled : new ChildResult(ChildOutcome.Failed, [exception]);

    private static OperationCanceledException ExceptionOf(Task canceled)
    {
        try
        {
            canceled.GetAwaiter().GetResult();
            throw new UnreachableException();
        }
        catch (OperationCanceledException exception)
        {
            return exception;
        }
    }

    private static bool IsStopped(TaskGroup group)
    {
        for (TaskGroup? each = group; each is not null; each = each.Parent)
        {
            if (each.IsStopped)
            {
                return true;
            }
        }

        return false;
    }

    // The timeout of an HttpClient or of a command is a failure, though it comes as a cancellation.
    private static bool HasTimeoutInside(Exception exception)
    {
        for (Exception? inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is TimeoutException)
            {
                return true;
            }
        }

        return false;
    }
}
