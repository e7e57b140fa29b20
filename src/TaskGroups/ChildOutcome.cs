namespace TaskGroups;

/// <summary>Says how a child ended.</summary>
public enum ChildOutcome
{
    /// <summary>The child's task ran to completion.</summary>
    Succeeded,

    /// <summary>
    /// The child threw. An <see cref="OperationCanceledException"/> counts as a failure if the group had not been canceled.
    /// </summary>
    Failed,

    /// <summary>The child ended canceled after its group was canceled, or obeyed <see cref="ITaskGroup.StoppingToken"/>.</summary>
    Canceled,
}
