using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

// The ids are stable: never give the id of a line that is gone to another one.
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Child '{Child}' of background group '{TaskGroup}' failed after {ElapsedMs:0} ms.")]
    public static partial void BackgroundChildFailed(
        this ILogger logger, string taskGroup, string child, double elapsedMs, Exception exception);

    [LoggerMessage(2, LogLevel.Critical, "The host stops because child '{Child}' of background group '{TaskGroup}' failed.")]
    public static partial void StopsHost(this ILogger logger, string taskGroup, string child);

    [LoggerMessage(3, LogLevel.Warning, "Background group '{TaskGroup}' is draining and refused child '{Child}'.")]
    public static partial void Refused(this ILogger logger, string taskGroup, string? child);

    [LoggerMessage(
        24, LogLevel.Warning, "Background group '{TaskGroup}' is full and refused child '{Child}'.")]
    public static partial void RefusedByFullGroup(this ILogger logger, string taskGroup, string? child);

    [LoggerMessage(
        4, LogLevel.Information, "Background group '{TaskGroup}' is draining: {RunningCount} running, {WaitingCount} waiting.")]
    public static partial void DrainBegins(this ILogger logger, string taskGroup, int runningCount, int waitingCount);

    public static void DrainEnds(
        this ILogger logger, string taskGroup, TimeSpan elapsed, Dictionary<UnfinishedReason, int> unfinished)
    {
        int stillRunning = unfinished.GetValueOrDefault(UnfinishedReason.StillRunning);
        int neverStarted = unfinished.GetValueOrDefault(UnfinishedReason.NeverStarted);
        int canceled = unfinished.GetValueOrDefault(UnfinishedReason.Canceled);
        logger.DrainEnds(
            stillRunning + neverStarted == 0 ? LogLevel.Information : LogLevel.Warning,
            taskGroup,
            elapsed.TotalMilliseconds,
            canceled,
            stillRunning,
            neverStarted);
    }

    [LoggerMessage(
        6,
        LogLevel.Error,
        "Child '{Child}' of group '{TaskGroup}' was abandoned: it still runs after {ElapsedMs:0} ms and ignored its cancellation.")]
    public static partial void StillRunning(this ILogger logger, string taskGroup, string child, double elapsedMs);

    [LoggerMessage(
        7,
        LogLevel.Error,
        "Child '{Child}' of group '{TaskGroup}' never started: it waited {ElapsedMs:0} ms until the application shut down.")]
    public static partial void NeverStarted(this ILogger logger, string taskGroup, string child, double elapsedMs);

    [LoggerMessage(
        21, LogLevel.Warning, "Child '{Child}' of group '{TaskGroup}' was canceled by the drain after {ElapsedMs:0} ms.")]
    public static partial void CanceledByDrain(this ILogger logger, string taskGroup, string child, double elapsedMs);

    [LoggerMessage(22, LogLevel.Warning, "{CanceledCount} more children of background group '{TaskGroup}' were canceled by the drain.")]
    public static partial void MoreCanceledByDrain(this ILogger logger, string taskGroup, int canceledCount);

    [LoggerMessage(
        23,
        LogLevel.Information,
        "Draining for {ElapsedSeconds:0} s: {RunningCount} running, {WaitingCount} waiting. The oldest: {Oldest}.")]
    public static partial void DrainProgress(
        this ILogger logger, double elapsedSeconds, int runningCount, int waitingCount, string oldest);

    [LoggerMessage(8, LogLevel.Error, "OnUnfinished failed for child '{Child}' of group '{TaskGroup}'.")]
    public static partial void OnUnfinishedFailed(this ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        9,
        LogLevel.Error,
        "OnUnfinished of background group '{TaskGroup}' did not end within {LimitMs:0} ms: {LeftCount} of {AllCount} calls have not "
            + "completed. The shutdown goes on.")]
    public static partial void OnUnfinishedLate(this ILogger logger, string taskGroup, double limitMs, int leftCount, int allCount);

    [LoggerMessage(10, LogLevel.Debug, "Abandoned child '{Child}' of group '{TaskGroup}' failed because its services are disposed.")]
    public static partial void AbandonedChildFailed(this ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "Background work cannot be drained in time: DrainTimeout ({DrainTimeout}) and CancelTimeout ({CancelTimeout}) of background group "
            + "'{TaskGroup}', with {Report} for the report, exceed HostOptions.ShutdownTimeout ({ShutdownTimeout}). Shorten them, or set "
            + "services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds({Seconds})).")]
    public static partial void BudgetsDoNotFit(
        this ILogger logger,
        TimeSpan drainTimeout,
        TimeSpan cancelTimeout,
        string taskGroup,
        TimeSpan report,
        TimeSpan shutdownTimeout,
        double seconds);

    [LoggerMessage(
        25,
        LogLevel.Warning,
        "Supervised child '{Child}' of background group '{TaskGroup}' ended after {ElapsedMs:0} ms. Its restart pipeline decides whether "
            + "it is started again. Ends without a line since the last one: {SilentCount}.")]
    public static partial void SupervisedWorkEnded(
        this ILogger logger, string taskGroup, string child, double elapsedMs, int silentCount, Exception? exception);

    [LoggerMessage(
        26,
        LogLevel.Error,
        "A turn of periodic child '{Child}' of background group '{TaskGroup}' failed after {ElapsedMs:0} ms. The next one comes.")]
    public static partial void PeriodicTurnFailed(
        this ILogger logger, string taskGroup, string child, double elapsedMs, Exception exception);

    [LoggerMessage(40, LogLevel.Debug, "In group '{TaskGroup}', {Child} failed after the group's caller had canceled it.")]
    public static partial void FailedAfterCallerLeft(this ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        43,
        LogLevel.Information,
        "Group '{TaskGroup}' ended well, though group '{Nested}' in it failed with {FailureType}: code handled the failure, or no code "
            + "awaited the group.")]
    public static partial void EndedWellDespite(this ILogger logger, string taskGroup, string nested, string failureType);

    [LoggerMessage(
        44,
        LogLevel.Warning,
        "Group '{TaskGroup}' failed, and no code awaited its task. Await what RunGroupAsync and combinators such as ForEachAsync return.")]
    public static partial void FailedUnobserved(this ILogger logger, string taskGroup, Exception? exception);

    [LoggerMessage(
        45,
        LogLevel.Warning,
        "Group '{TaskGroup}' of a scope outside of a request (made by hand, or a circuit's) refused work, as it will until the scope "
            + "ends: a failure has ended it. Where a scope outlives an operation, open a group for each operation: "
            + "ITaskGroupFactory.RunAsync.")]
    public static partial void ScopeRefuses(this ILogger logger, string taskGroup, Exception? exception);

    [LoggerMessage(
        46,
        LogLevel.Warning,
        "Group '{TaskGroup}' is full, and none of its slots has moved for {StalledSeconds:0} s. {SlotCount} slots are held by {Children}, "
            + "and {WaitingCount} children wait. A child that awaits children which it started in its own full group waits for itself: "
            + "it opens a nested group with RunGroupAsync.")]
    public static partial void SlotsStall(
        this ILogger logger, string taskGroup, double stalledSeconds, int slotCount, string children, int waitingCount);

    [LoggerMessage(12, LogLevel.Debug, "Group '{TaskGroup}' was canceled because '{Child}' failed.")]
    public static partial void GroupFailed(this ILogger logger, string taskGroup, string child, Exception? exception);

    [LoggerMessage(
        13, LogLevel.Warning, "Child '{Child}' of group '{TaskGroup}' still runs {ElapsedMs:0} ms after the group was canceled.")]
    public static partial void ChildStraggles(this ILogger logger, string taskGroup, string child, double elapsedMs);

    public static void ExceptionUnseen(this ILogger logger, string taskGroup, string? child, Exception exception)
    {
        if (child is null)
        {
            logger.GroupException(taskGroup, exception);
        }
        else
        {
            logger.ChildException(taskGroup, child, exception);
        }
    }

    /// <summary>Says in one line that an optional child failed; its stack is for those who look into it.</summary>
    public static void OptionalChildFailed(this ILogger logger, string taskGroup, string child, double elapsedMs, Exception exception)
    {
        logger.OptionalChildFailed(taskGroup, child, elapsedMs, exception.GetType().FullName, exception.Message);
        logger.OptionalChildStack(taskGroup, child, exception);
    }

    [LoggerMessage(15, LogLevel.Error, "Group '{TaskGroup}' of a disposed scope failed.")]
    public static partial void ScopeFailed(this ILogger logger, string taskGroup, Exception exception);

    [LoggerMessage(
        16,
        LogLevel.Warning,
        "The scope of group '{TaskGroup}' was disposed synchronously while {RunningCount} children ran: {Children}. They were canceled, "
            + "but the disposal did not wait for them. Dispose the scope asynchronously: "
            + "await using AsyncServiceScope scope = services.CreateAsyncScope().")]
    public static partial void ScopeDisposedSynchronously(this ILogger logger, string taskGroup, int runningCount, string children);

    [LoggerMessage(18, LogLevel.Debug, "Group '{TaskGroup}' failed after {ElapsedMs:0} ms.")]
    public static partial void NestedGroupFailed(this ILogger logger, string taskGroup, double elapsedMs, Exception exception);

    [LoggerMessage(
        19,
        LogLevel.Information,
        "The children of background group '{TaskGroup}' were canceled by the application: {RunningCount} were running, {WaitingCount} "
            + "waiting.")]
    public static partial void BackgroundCanceled(this ILogger logger, string taskGroup, int runningCount, int waitingCount);

    [LoggerMessage(
        20,
        LogLevel.Warning,
        "{RunningCount} children of requests and scopes still run as the application ends: {Children}. The shutdown does not wait for "
            + "them. Work that it must wait for belongs to IBackgroundTaskGroup.")]
    public static partial void LeftRunning(this ILogger logger, int runningCount, string children);

    [LoggerMessage(27, LogLevel.Information, "What still runs as the application ends:{NewLine}{Tree}")]
    public static partial void StillRunningTree(this ILogger logger, string newLine, string tree);

    [LoggerMessage(
        EventId = 5,
        Message = "Background group '{TaskGroup}' was drained in {ElapsedMs:0} ms: {CanceledCount} children canceled, "
            + "{StillRunningCount} abandoned, {NeverStartedCount} never started.")]
    private static partial void DrainEnds(
        this ILogger logger,
        LogLevel level,
        string taskGroup,
        double elapsedMs,
        int canceledCount,
        int stillRunningCount,
        int neverStartedCount);

    [LoggerMessage(
        41,
        LogLevel.Warning,
        "Optional child '{Child}' of group '{TaskGroup}' failed after {ElapsedMs:0} ms, and its fallback stands in: {FailureType}: "
            + "{FailureMessage}")]
    private static partial void OptionalChildFailed(
        this ILogger logger, string taskGroup, string child, double elapsedMs, string? failureType, string failureMessage);

    [LoggerMessage(42, LogLevel.Debug, "Where optional child '{Child}' of group '{TaskGroup}' failed.")]
    private static partial void OptionalChildStack(this ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(14, LogLevel.Warning, "Child '{Child}' of group '{TaskGroup}' failed, and awaiting the group will not throw that.")]
    private static partial void ChildException(this ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        17,
        LogLevel.Warning,
        "Group '{TaskGroup}' caught an exception that no await will throw: of its body, of a callback on its token, or of a disposal.")]
    private static partial void GroupException(this ILogger logger, string taskGroup, Exception exception);
}
