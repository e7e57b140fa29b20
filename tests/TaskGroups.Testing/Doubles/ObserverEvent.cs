namespace TaskGroups.Testing;

/// <summary>One call of a <see cref="TaskGroupObserver"/>.</summary>
/// <param name="Group">The group in which it happened.</param>
public abstract record ObserverEvent(ITaskGroup Group)
{
    public sealed record GroupOpened(ITaskGroup Group) : ObserverEvent(Group);

    public sealed record GroupCanceled(
        ITaskGroup Group,
        CancellationReason Reason,
        string? Child,
        Exception? Cause,
        bool TokenHasFired) : ObserverEvent(Group);

    public sealed record GroupCompleted(ITaskGroup Group, TimeSpan Elapsed) : ObserverEvent(Group);

    public sealed record ChildStarted(ITaskGroup Group, string Name) : ObserverEvent(Group);

    public sealed record ChildCompleted(
        ITaskGroup Group,
        string Name,
        ChildOutcome Outcome,
        TimeSpan Elapsed,
        Exception? Exception) : ObserverEvent(Group);

    public sealed record ChildNeverStarted(ITaskGroup Group, string Name, TimeSpan Waited) : ObserverEvent(Group);

    public sealed record FailureReported(
        ITaskGroup Group,
        string? Child,
        Exception Exception,
        FailureKind Kind,
        TimeSpan Elapsed) : ObserverEvent(Group);

    public sealed record ChildStraggling(ITaskGroup Group, string Name, TimeSpan SinceCancellation) : ObserverEvent(Group);

    public sealed record ExceptionUnseen(ITaskGroup Group, string? Child, Exception Exception) : ObserverEvent(Group);
}
