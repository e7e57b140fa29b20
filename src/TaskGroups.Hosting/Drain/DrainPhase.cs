namespace TaskGroups.Hosting;

/// <summary>The phases of a drain. A group passes through them in this order, and through each at most once.</summary>
internal enum DrainPhase
{
    /// <summary>The drain has not begun: the group takes children.</summary>
    NotStarted,

    /// <summary>The soft phase: the group refuses new children, and its children may finish by themselves.</summary>
    Finishing,

    /// <summary>The hard phase: the children have been canceled and are waited for.</summary>
    Canceling,

    /// <summary>The wait is over: what the drain left is logged, and handed to the application.</summary>
    Reporting,

    /// <summary>The drain is over. Children that still run are abandoned.</summary>
    Drained,
}
