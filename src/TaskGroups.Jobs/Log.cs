using Microsoft.Extensions.Logging;

namespace TaskGroups.Jobs;

/// <summary>The log messages of jobs.</summary>
internal static partial class Log
{
    /// <summary>Logs the end of a run: a failure with what comes next, a hand-back by the job's name and id.</summary>
    public static void JobEnds(this ILogger logger, JobRun run, JobRunEnd end, Exception? failure, bool isDurable)
    {
        (string job, JobId id, int attempt) = (run.Entry.Name, run.Entry.Id, run.Attempt);
        switch (end.Outcome)
        {
            case JobRunOutcome.Succeeded:
                logger.JobSucceeded(job, id, attempt);
                break;
            case JobRunOutcome.Canceled:
                logger.JobCanceled(job, id, attempt, Unexpected(failure));
                break;
            case JobRunOutcome.HandedBack when isDurable:
                logger.JobHandedBack(job, id, attempt, Unexpected(failure));
                break;
            case JobRunOutcome.HandedBack:
                logger.JobLost(job, id, attempt, Unexpected(failure));
                break;
            case JobRunOutcome.Dropped:
                logger.LeaseLost(job, id, attempt, Unexpected(failure));
                break;
            case JobRunOutcome.Failed when end.RetryAfter is { } wait:
                logger.AttemptFailed(job, id, attempt, wait.TotalSeconds, failure);
                break;
            default:
                logger.JobFailed(job, id, attempt, failure);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "Job '{Job}' '{JobId}' starts: attempt {Attempt}, recovered: {IsRecovered}.")]
    public static partial void JobStarts(this ILogger logger, string job, JobId jobId, int attempt, bool isRecovered);

    [LoggerMessage(8, LogLevel.Error, "The engine of jobs failed to {Action}.")]
    public static partial void EngineFailed(this ILogger logger, string action, Exception exception);

    [LoggerMessage(9, LogLevel.Warning, "The turn {Turn:O} of the recurring job '{Job}' could not be enqueued. It is tried again in "
        + "{WaitSeconds:0} s.")]
    public static partial void TurnNotEnqueued(
        this ILogger logger, string job, DateTimeOffset turn, double waitSeconds, Exception exception);

    [LoggerMessage(
        10,
        LogLevel.Warning,
        "Job '{Job}' '{JobId}' is lost: it waits for its time, the application stops, and the engine is in memory.")]
    public static partial void WaitingJobLost(this ILogger logger, string job, JobId jobId);

    // A cancellation that was obeyed says nothing more.
    private static Exception? Unexpected(Exception? failure) => failure is OperationCanceledException ? null : failure;

    [LoggerMessage(2, LogLevel.Debug, "Job '{Job}' '{JobId}' has ended in attempt {Attempt}.")]
    private static partial void JobSucceeded(this ILogger logger, string job, JobId jobId, int attempt);

    [LoggerMessage(
        3, LogLevel.Warning, "Job '{Job}' '{JobId}' failed in attempt {Attempt}. It is tried again in {WaitSeconds:0.0} s.")]
    private static partial void AttemptFailed(
        this ILogger logger, string job, JobId jobId, int attempt, double waitSeconds, Exception? exception);

    [LoggerMessage(
        4, LogLevel.Error, "Job '{Job}' '{JobId}' has failed: attempt {Attempt} was the last one. It is kept, and can be run again.")]
    private static partial void JobFailed(this ILogger logger, string job, JobId jobId, int attempt, Exception? exception);

    [LoggerMessage(5, LogLevel.Information, "Job '{Job}' '{JobId}' was canceled in attempt {Attempt}.")]
    private static partial void JobCanceled(this ILogger logger, string job, JobId jobId, int attempt, Exception? exception);

    [LoggerMessage(
        6,
        LogLevel.Information,
        "Job '{Job}' '{JobId}' was handed back in attempt {Attempt}, because the application stops. It is run again.")]
    private static partial void JobHandedBack(this ILogger logger, string job, JobId jobId, int attempt, Exception? exception);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "Job '{Job}' '{JobId}' is lost in attempt {Attempt}: the application stops, and the engine is in memory.")]
    private static partial void JobLost(this ILogger logger, string job, JobId jobId, int attempt, Exception? exception);

    [LoggerMessage(
        7,
        LogLevel.Warning,
        "This node has lost the lease of job '{Job}' '{JobId}', and canceled attempt {Attempt}: another node runs it.")]
    private static partial void LeaseLost(this ILogger logger, string job, JobId jobId, int attempt, Exception? exception);
}
