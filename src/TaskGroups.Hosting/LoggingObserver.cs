namespace TaskGroups.Hosting;

/// <summary>
/// Logs what happens in the groups of requests and scopes. Code that awaits such a group receives its failure and logs it; only an
/// exception that no await will throw is a warning here (R14).
/// </summary>
internal sealed class LoggingObserver(GroupLoggers loggers, NestedFailureLog nestedFailures) : TaskGroupObserver
{
    public override bool WantsChildEvents => false;

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (reason == CancellationReason.ChildFailed)
        {
            loggers.Of(group).GroupFailed(group.Name, child ?? "its body", cause);
        }
    }

    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        if (kind == FailureKind.Nested)
        {
            NestedGroupFailed(group, exception, elapsed);
        }
        else if (kind == FailureKind.Optional && !IsThrownByAwait(exception)
            && group.CancellationReason != CancellationReason.CallerCanceled)
        {
            loggers.Of(group).OptionalChildFailed(group.Name, child!, elapsed.TotalMilliseconds, exception);
        }
        else
        {
            // A body that awaits a child may fail with its exception before the child is counted out: it says no more than the child (R41).
            bool isLateBody = kind == FailureKind.Body && group.CancellationReason == CancellationReason.CallerCanceled;
            base.FailureReported(group, isLateBody ? "its body" : child, exception, kind, elapsed);
        }
    }

    internal override void EndedWellDespite(ITaskGroup group, string nested, Exception failure) =>
        nestedFailures.Write(loggers.Of(group), group.Name, nested, failure);

    public override void ChildStraggling(ITaskGroup group, string name, TimeSpan sinceCancellation) =>
        loggers.Of(group).ChildStraggles(group.Name, name, sinceCancellation.TotalMilliseconds);

    public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception)
    {
        // What children throw after the caller has gone is as a rule their way to say that they were canceled (R41).
        if (child is not null && group.CancellationReason == CancellationReason.CallerCanceled)
        {
            loggers.Of(group).FailedAfterCallerLeft(group.Name, child, exception);
        }
        else
        {
            loggers.Of(group).ExceptionUnseen(group.Name, child, exception);
        }
    }

    // The code that awaits the group receives the failure, and no code need await it. GroupCanceled has logged one that canceled it.
    private void NestedGroupFailed(ITaskGroup group, Exception exception, TimeSpan elapsed)
    {
        if (group.CancellationReason != CancellationReason.ChildFailed)
        {
            loggers.Of(group).NestedGroupFailed(group.Name, elapsed.TotalMilliseconds, exception);
        }
    }
}
