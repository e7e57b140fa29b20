namespace TaskGroups.Jobs;

/// <summary>A job in memory. Every member is read and changed under the lock of the store.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>State, Run</term><description>Meaning</description></listheader>
/// <item><term>waiting, none</term><description>Waits for its time, with a timer, or for the start of the engine.</description></item>
/// <item><term>waiting, one</term><description>Is due: waits for a place in the background group.</description></item>
/// <item><term>running, one</term><description>The handler has been invoked.</description></item>
/// <item><term>ended, none</term><description>Is kept until <see cref="KeptUntil"/>.</description></item>
/// </list>
/// </remarks>
internal sealed class InMemoryJob(JobEntry entry, JobOptions options, DateTimeOffset dueAt)
{
    public JobEntry Entry => entry;

    public JobOptions Options => options;

    public LinkedListNode<InMemoryJob>? Node { get; set; }

    public JobState State { get; set; } = JobState.Waiting;

    public JobRun? Run { get; set; }

    public ITimer? Timer { get; set; }

    /// <summary>Whether a waiting job was given up by the drain, and reported: it never runs.</summary>
    public bool IsLost { get; set; }

    /// <summary>When a waiting job became due, or will.</summary>
    public DateTimeOffset DueAt { get; set; } = dueAt;

    /// <summary>The failures that count against <see cref="JobOptions.MaxAttempts"/>.</summary>
    public int Failures { get; set; }

    public int Attempt { get; set; }

    public string? RunsOn { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public string? FailureType { get; set; }

    public bool HasEnded => State is not (JobState.Waiting or JobState.Running);

    public DateTimeOffset? KeptUntil =>
        HasEnded ? EndedAt + (State == JobState.Failed ? options.KeepFailed : options.KeepCompleted) : null;

    public JobStatus ToStatus() => new(
        entry.Id, entry.Name, State, Attempt, RunsOn, entry.EnqueuedAt, StartedAt, EndedAt, FailureType);
}
