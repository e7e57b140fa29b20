namespace TaskGroups.Jobs;

/// <summary>The states of a job.</summary>
public enum JobState
{
    /// <summary>The job waits: for its time, for a free place, for a node, or for its next attempt.</summary>
    Waiting,

    /// <summary>An attempt runs.</summary>
    Running,

    /// <summary>The job has ended well.</summary>
    Succeeded,

    /// <summary>The last attempt has failed. The job is kept and can be run again.</summary>
    Failed,

    /// <summary>The job was canceled.</summary>
    Canceled,
}
