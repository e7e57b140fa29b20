namespace TaskGroups;

/// <summary>Says what canceled a group. The first reason stays, whatever happens afterwards.</summary>
public enum CancellationReason
{
    /// <summary>The group has not been canceled.</summary>
    None,

    /// <summary><see cref="ITaskGroup.Cancel"/> was called.</summary>
    Requested,

    /// <summary>A child or the body failed, and the group's <see cref="FailurePolicy"/> cancels on failure.</summary>
    ChildFailed,

    /// <summary>The token given by the caller fired, or the outer group of a nested group was canceled.</summary>
    CallerCanceled,

    /// <summary><see cref="TaskGroupOptions.Timeout"/> ran out.</summary>
    TimedOut,

    /// <summary>The application is shutting down and its grace is over.</summary>
    HostStopping,
}
