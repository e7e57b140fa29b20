namespace TaskGroups.Jobs;

/// <summary>What is known of a job.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name that the job was registered with.</param>
/// <param name="State">The state.</param>
/// <param name="Attempt">The attempt that runs or ran last, from 1; 0 while none has begun. A hand-back counts as no attempt.</param>
/// <param name="Node">The node that runs the job or ran it last; <see langword="null"/> while none has.</param>
/// <param name="EnqueuedAt">When the job was handed over.</param>
/// <param name="StartedAt">When the attempt began; <see langword="null"/> while none has.</param>
/// <param name="EndedAt">When the job ended; <see langword="null"/> while it has not.</param>
/// <param name="FailureType">The type of the last failure, never its message; <see langword="null"/> if there was none.</param>
public sealed record JobStatus(
    JobId Id,
    string Name,
    JobState State,
    int Attempt,
    string? Node,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? FailureType);
