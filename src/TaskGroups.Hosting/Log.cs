using Microsoft.Extensions.Hosting;
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
        4, LogLevel.Information, "Background group '{TaskGroup}' is draining: {RunningCount} running, {WaitingCount} waiting.")]
    public static partial void DrainBegins(this ILogger logger, string taskGroup, int runningCount, int waitingCount);

    public static void DrainEnds(
        this ILogger logger, string taskGroup, TimeSpan elapsed, int canceled, int abandoned, int neverStarted) =>
        logger.DrainEnds(
            abandoned + neverStarted == 0 ? LogLevel.Information : LogLevel.Warning,
            taskGroup,
            elapsed.TotalMilliseconds,
            canceled,
            abandoned,
            neverStarted);

    public static void Lost(this ILogger logger, AbandonedChild child)
    {
        if (child.Started)
        {
            logger.Abandoned(child.Group, child.Name, child.Elapsed.TotalMilliseconds);
        }
        else
        {
            logger.NeverStarted(child.Group, child.Name, child.Elapsed.TotalMilliseconds);
        }
    }

    [LoggerMessage(8, LogLevel.Error, "OnAbandoned failed for child '{Child}' of group '{TaskGroup}'.")]
    public static partial void OnAbandonedFailed(this ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        9, LogLevel.Error, "OnAbandoned of background group '{TaskGroup}' did not end within {LimitMs:0} ms. The shutdown goes on.")]
    public static partial void OnAbandonedLate(this ILogger logger, string taskGroup, double limitMs);

    [LoggerMessage(10, LogLevel.Debug, "Abandoned child '{Child}' of group '{TaskGroup}' failed because its services are disposed.")]
    public static partial void AbandonedChildFailed(this ILogger logger, string taskGroup, string child, Exception exception);

    public static void BudgetsDoNotFit(this ILogger logger, HostOptions host, BackgroundTaskGroupOptions background) =>
        logger.BudgetsDoNotFit(
            background.DrainTimeout,
            background.CancelTimeout,
            ShutdownBudget.Report,
            host.ShutdownTimeout,
            Math.Ceiling(ShutdownBudget.ForDrain(background).TotalSeconds));

    [LoggerMessage(12, LogLevel.Debug, "Group '{TaskGroup}' was canceled because {Child} failed.")]
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
        "Background group '{TaskGroup}' was canceled by the application and starts no more children: {RunningCount} were running, "
            + "{WaitingCount} waiting.")]
    public static partial void BackgroundCanceled(this ILogger logger, string taskGroup, int runningCount, int waitingCount);

    [LoggerMessage(
        20,
        LogLevel.Warning,
        "{RunningCount} children of requests and scopes still run as the application ends: {Children}. The shutdown does not wait for "
            + "them. Work that it must wait for belongs to IBackgroundTaskGroup.")]
    public static partial void LeftRunning(this ILogger logger, int runningCount, string children);

    [LoggerMessage(
        EventId = 5,
        Message = "Background group '{TaskGroup}' was drained in {ElapsedMs:0} ms: {CanceledCount} children canceled, "
            + "{AbandonedCount} abandoned, {NeverStartedCount} never started.")]
    private static partial void DrainEnds(
        this ILogger logger,
        LogLevel level,
        string taskGroup,
        double elapsedMs,
        int canceledCount,
        int abandonedCount,
        int neverStartedCount);

    [LoggerMessage(
        6,
        LogLevel.Error,
        "Child '{Child}' of group '{TaskGroup}' was abandoned: it still runs after {ElapsedMs:0} ms and ignored its cancellation.")]
    private static partial void Abandoned(this ILogger logger, string taskGroup, string child, double elapsedMs);

    [LoggerMessage(
        7,
        LogLevel.Error,
        "Child '{Child}' of group '{TaskGroup}' never started: it waited {ElapsedMs:0} ms until the application shut down.")]
    private static partial void NeverStarted(this ILogger logger, string taskGroup, string child, double elapsedMs);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "Background work cannot be drained in time: DrainTimeout ({DrainTimeout}), CancelTimeout ({CancelTimeout}) and {Report} for the "
            + "report exceed HostOptions.ShutdownTimeout ({ShutdownTimeout}). Shorten them in AddTaskGroups, or set "
            + "services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds({Seconds})).")]
    private static partial void BudgetsDoNotFit(
        this ILogger logger, TimeSpan drainTimeout, TimeSpan cancelTimeout, TimeSpan report, TimeSpan shutdownTimeout, double seconds);

    [LoggerMessage(14, LogLevel.Warning, "Child '{Child}' of group '{TaskGroup}' failed, and awaiting the group will not throw that.")]
    private static partial void ChildException(this ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        17,
        LogLevel.Warning,
        "Group '{TaskGroup}' caught an exception that no await will throw: of its body, of a callback on its token, or of a disposal.")]
    private static partial void GroupException(this ILogger logger, string taskGroup, Exception exception);
}
