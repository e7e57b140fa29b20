namespace TaskGroups;

/// <summary>Says what a group or child was doing when the snapshot was taken.</summary>
public enum SnapshotState
{
    /// <summary>A child that waits for a slot of <see cref="TaskGroupOptions.MaxConcurrency"/>.</summary>
    Waiting,

    /// <summary>A group that is open, or a child that runs.</summary>
    Running,

    /// <summary>A canceled group whose children still run, or such a child.</summary>
    Ending,

    /// <summary>A group that has been joined.</summary>
    Completed,
}
