namespace TaskGroups;

/// <summary>Says what a failing child does to its group.</summary>
public enum FailurePolicy
{
    /// <summary>The first failure cancels the group at once; it is thrown when every child has ended. The default.</summary>
    FailFast,

    /// <summary>A failure cancels nothing; all failures, the body's among them, are thrown when every child has ended.</summary>
    CollectAll,

    /// <summary>
    /// A child's failure reaches only its own task and the observers. A failure of the body cancels the children
    /// and is thrown.
    /// </summary>
    Supervise,
}
