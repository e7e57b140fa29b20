using Microsoft.Extensions.Logging;

namespace TaskGroups.Jobs.Quartz;

// The ids are stable: never give the id of a line that is gone to another one.
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "The database of the jobs does not answer. Jobs wait until it does.")]
    public static partial void DatabaseDoesNotAnswer(this ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Critical, "This node runs no jobs.")]
    public static partial void CannotTakePart(this ILogger logger, Exception exception);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "The clock of node '{Node}' is {AheadSeconds:0.0} s ahead of the database's. Nodes tell by their clocks whether another one lives: "
            + "synchronize them.")]
    public static partial void ClocksDiffer(this ILogger logger, string node, double aheadSeconds);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "Node '{Node}' has not checked in for {Seconds:0.0} s and gives its {RunCount} running jobs up: other nodes will take them.")]
    public static partial void LeaseIsLost(this ILogger logger, string node, double seconds, int runCount);

    [LoggerMessage(5, LogLevel.Warning, "Job '{Job}' ({JobId}) was taken over by another node, so its run here is canceled.")]
    public static partial void RunIsLost(this ILogger logger, string job, string jobId);

    [LoggerMessage(6, LogLevel.Warning, "What became of a run of job '{Job}' ({JobId}) does not count: another node has taken the job.")]
    public static partial void RunWasReplaced(this ILogger logger, string job, string jobId);

    [LoggerMessage(
        7,
        LogLevel.Error,
        "Job '{Job}' ({JobId}) has failed: {LossCount} of its runs ended with their node, and {MaxLosses} may.")]
    public static partial void LostTooOften(this ILogger logger, string job, string jobId, int lossCount, int maxLosses);

    [LoggerMessage(8, LogLevel.Debug, "Turn {Turn} of job {JobId} is over, and nothing is run.")]
    public static partial void TurnIsOver(this ILogger logger, string jobId, long turn);

    [LoggerMessage(9, LogLevel.Warning, "A step of job {JobId} could not be stored and is repeated in {PauseMs:0} ms.")]
    public static partial void StepIsRepeated(this ILogger logger, string jobId, double pauseMs, Exception exception);

    [LoggerMessage(10, LogLevel.Debug, "The leases of this node could not be looked at.")]
    public static partial void LookFailed(this ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "Messages of other nodes are not heard. Until they are, jobs may begin a second later.")]
    public static partial void ListenFailed(this ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Warning, "The queues of jobs could not be looked after.")]
    public static partial void DutyFailed(this ILogger logger, Exception exception);

    [LoggerMessage(
        13,
        LogLevel.Warning,
        "{JobCount} jobs '{Job}' wait, and no node has a handler of this name. Start a version that has one, or cancel them.")]
    public static partial void UnknownJobs(this ILogger logger, long jobCount, string job);

    [LoggerMessage(
        15, LogLevel.Error, "A job had no turn in the engine any more, and was given another one. Did something delete from qrtz_*?")]
    public static partial void TurnWasLost(this ILogger logger);

    [LoggerMessage(
        14,
        LogLevel.Warning,
        "Node '{Node}' could not leave in time: {RunCount} jobs ignored their cancellation, or the database did not answer. Other nodes "
            + "take over when its check-in is overdue.")]
    public static partial void LeavesRuns(this ILogger logger, string node, int runCount);

    [LoggerMessage(16, LogLevel.Information, "Node '{Node}' has joined its cluster: the database answers, and the tables are there.")]
    public static partial void HasJoined(this ILogger logger, string node);
}
