namespace TaskGroups.Jobs;

/// <summary>How a run ended. The runner has logged and counted it; the engine stores it.</summary>
/// <param name="Outcome">What became of the run.</param>
/// <param name="FailureType">The type of the failure; <see langword="null"/> for other outcomes.</param>
/// <param name="RetryAfter">
/// For a failure: how long until the next attempt; <see langword="null"/> if this was the last one, and the job has failed.
/// </param>
internal readonly record struct JobRunEnd(JobRunOutcome Outcome, string? FailureType = null, TimeSpan? RetryAfter = null);

/// <summary>What became of a run.</summary>
internal enum JobRunOutcome
{
    /// <summary>The job has ended well.</summary>
    Succeeded,

    /// <summary>The attempt has failed, by an exception or by its timeout.</summary>
    Failed,

    /// <summary>The job was canceled. It has ended.</summary>
    Canceled,

    /// <summary>The application stops: the attempt does not count, and the job waits for another run.</summary>
    HandedBack,

    /// <summary>The lease was lost: the job belongs to another node, and nothing is stored.</summary>
    Dropped,
}
