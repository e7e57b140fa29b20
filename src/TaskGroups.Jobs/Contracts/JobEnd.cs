namespace TaskGroups.Jobs;

/// <summary>Says what ended an attempt of a job from outside.</summary>
public enum JobEnd
{
    /// <summary>Nothing has: the handler ends by itself, or fails.</summary>
    None,

    /// <summary>The job was canceled. It is not run again.</summary>
    Canceled,

    /// <summary>The job's timeout has passed. The attempt counts as failed.</summary>
    TimedOut,

    /// <summary>The application stops, and the soft phase of its drain is over. A durable engine runs the job again elsewhere.</summary>
    HostStopping,

    /// <summary>This node has lost the job's lease: another node may run the job by now. What this attempt does counts no more.</summary>
    LeaseLost,
}
