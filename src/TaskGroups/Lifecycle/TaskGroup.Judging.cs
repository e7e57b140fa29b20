using System.Diagnostics;

namespace TaskGroups;

// What counts as a failure, and what a failure does.
public sealed partial class TaskGroup
{
    /// <summary>
    /// Tells failures from cancellations: an <see cref="OperationCanceledException"/> is a cancellation only if the group was canceled, or
    /// if
    /// it carries the soft signal of a stopped group (R11). Observes the task's exceptions.
    /// </summary>
    internal ChildResult Classify(Task task)
    {
        if (task.IsCompletedSuccessfully)
        {
            return ChildResult.Succeeded;
        }

        if (task.IsCanceled)
        {
            // Only a group that is not ending needs the exception, and with it one more throw.
            return IsEnding ? ChildResult.Canceled : ClassifyCancellation(task);
        }

        IReadOnlyList<Exception> exceptions = task.Exception!.InnerExceptions;
        List<Exception> failures = [.. exceptions.Where(exception => !IsCancellation(exception))];
        return failures.Count == 0 ? ChildResult.Canceled : new ChildResult(ChildOutcome.Failed, failures);
    }

    private ChildResult ClassifyCancellation(Task task)
    {
        OperationCanceledException exception = ExceptionOf(task);
        return IsCancellation(exception) ? ChildResult.Canceled : new ChildResult(ChildOutcome.Failed, [exception]);
    }

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

    /// <summary>
    /// Gives a child's task for which another one stands in, so that everybody has the same exception: a canceled task may make a new one
    /// each time.
    /// </summary>
    internal Task WithOneException<TWork>(Task ended)
        where TWork : struct, IWork =>
        ended.IsCanceled && !IsEnding ? TWork.FromException(ExceptionOf(ended)) : ended;

    internal bool IsCancellation(Exception exception) =>
        exception is OperationCanceledException canceled && (IsEnding || IsStopSignal(canceled.CancellationToken));

    /// <summary>
    /// What a body obeyed that was stopped: the signal of the outermost group that was, so that whoever awaits a nested group obeys it as
    /// well.
    /// </summary>
    internal CancellationToken StopSignal
    {
        get
        {
            TaskGroup stopped = this;
            for (TaskGroup? outer = Parent; outer is not null; outer = outer.Parent)
            {
                stopped = outer.IsStopped ? outer : stopped;
            }

            return stopped.StoppingToken;
        }
    }

    private bool IsStopSignal(CancellationToken token)
    {
        for (TaskGroup? group = this; group is not null && token.IsCancellationRequested; group = group.Parent)
        {
            if (group.IsStopped && token == group.StoppingToken)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Lets a combinator say that no code will await its group: what has failed, and what still fails, goes to the observers.
    /// </summary>
    internal void MarkUnobserved() => GetOrCreateContingent().MarkUnobserved();

    /// <summary>Lets a combinator fail its own group with failures that it held back.</summary>
    internal void NoteFailures(IReadOnlyList<Exception> failures) => GetOrCreateContingent().Record(failures);

    /// <returns>Whether the failure canceled the group, and the observers know it by that.</returns>
    private bool EndOnFailure(FailurePolicy policy, string? child, Exception failure) =>
        Settings.FailurePolicy == policy && End(CancellationReason.ChildFailed, child, failure);
}
