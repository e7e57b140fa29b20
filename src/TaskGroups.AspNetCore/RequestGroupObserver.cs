using System.Runtime.CompilerServices;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Notes what the answer to a request depends on and what is known only while it happens: what still ran when the time was over, and how a
/// failure looked before any code awaited it. Nothing is noted of groups that end well.
/// </summary>
internal sealed class RequestGroupObserver : TaskGroupObserver
{
    private readonly ConditionalWeakTable<ITaskGroup, TimeoutException> _timeouts = [];
    private readonly ConditionalWeakTable<Exception, StrongBox<int>> _traces = [];
    private readonly ConditionalWeakTable<Exception, string> _children = [];

    public override bool WantsChildEvents => false;

    public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
    {
        if (reason == CancellationReason.TimedOut && ((TaskGroup)group).TimeoutFailure is { } timeout)
        {
            _timeouts.AddOrUpdate(group, timeout);
        }
        else if (cause is not null)
        {
            _traces.AddOrUpdate(cause, new StrongBox<int>(LengthOf(cause)));
        }
    }

    public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
    {
        if (child is not null)
        {
            _children.AddOrUpdate(exception, child);
        }
    }

    /// <summary>The child whose failure this is; <see langword="null"/> if it is not the failure of a child.</summary>
    public string? ChildOf(Exception failure) => _children.TryGetValue(failure, out string? child) ? child : null;

    /// <summary>What a message that begins with it calls the work whose failure this is.</summary>
    public string WorkOf(Exception failure) => ChildOf(failure) is { } child ? $"Child '{child}'" : "Work";

    /// <summary>What says that a group's time was over, and what still ran then; <see langword="null"/> if it was not.</summary>
    public TimeoutException? TimeoutOf(TaskGroup group) => _timeouts.TryGetValue(group, out TimeoutException? timeout) ? timeout : null;

    /// <summary>Whether a failure that canceled its group has been thrown again since, as by code that awaited the child.</summary>
    /// <remarks>Each <see langword="await"/> adds its place to the trace. Nothing else tells whether a task was awaited.</remarks>
    public bool WasAwaited(Exception failure) =>
        _traces.TryGetValue(failure, out StrongBox<int>? length) && LengthOf(failure) > length.Value;

    private static int LengthOf(Exception exception) => exception.StackTrace?.Length ?? 0;
}
