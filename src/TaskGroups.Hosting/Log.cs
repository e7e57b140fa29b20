using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskGroups.Hosting;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "The child {Child} of the background group {TaskGroup} failed after {ElapsedMs:0} ms.")]
    internal static partial void BackgroundChildFailed(
        ILogger logger,
        string taskGroup,
        string child,
        double elapsedMs,
        Exception exception);

    [LoggerMessage(2, LogLevel.Critical, "The host stops, because the child {Child} of the background group {TaskGroup} failed.")]
    internal static partial void StopsHost(ILogger logger, string taskGroup, string child);

    [LoggerMessage(3, LogLevel.Warning, "The background group {TaskGroup} is draining and refused the child {Child}.")]
    internal static partial void Refused(ILogger logger, string taskGroup, string? child);

    [LoggerMessage(4, LogLevel.Information, "The background group {TaskGroup} drains: {RunningCount} children run, {WaitingCount} wait.")]
    internal static partial void DrainBegins(ILogger logger, string taskGroup, int runningCount, int waitingCount);

    internal static void DrainEnds(ILogger logger, string taskGroup, TimeSpan elapsed, int canceled, int abandoned, int neverStarted) =>
        DrainEnds(
            logger,
            abandoned + neverStarted == 0 ? LogLevel.Information : LogLevel.Warning,
            taskGroup,
            elapsed.TotalMilliseconds,
            canceled,
            abandoned,
            neverStarted);

    internal static void Lost(ILogger logger, AbandonedChild child)
    {
        if (child.Started)
        {
            Abandoned(logger, child.Group, child.Name, child.Elapsed.TotalMilliseconds);
        }
        else
        {
            NeverStarted(logger, child.Group, child.Name, child.Elapsed.TotalMilliseconds);
        }
    }

    [LoggerMessage(8, LogLevel.Error, "OnAbandoned failed for the child {Child} of the group {TaskGroup}.")]
    internal static partial void OnAbandonedFailed(ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        9,
        LogLevel.Error,
        "OnAbandoned of the background group {TaskGroup} was not done within {LimitMs:0} ms; shutdown goes on.")]
    internal static partial void OnAbandonedLate(ILogger logger, string taskGroup, double limitMs);

    [LoggerMessage(10, LogLevel.Debug, "The abandoned child {Child} of the group {TaskGroup} failed on disposed services.")]
    internal static partial void AbandonedChildFailed(ILogger logger, string taskGroup, string child, Exception exception);

    internal static void BudgetsDoNotFit(ILogger logger, HostOptions host, BackgroundTaskGroupOptions background) =>
        BudgetsDoNotFit(
            logger,
            background.DrainTimeout,
            background.CancelTimeout,
            ShutdownBudget.Report,
            host.ShutdownTimeout,
            Math.Ceiling(ShutdownBudget.ForDrain(background).TotalSeconds));

    [LoggerMessage(12, LogLevel.Debug, "The group {TaskGroup} was canceled, because {Child} failed.")]
    internal static partial void GroupFailed(ILogger logger, string taskGroup, string child, Exception? exception);

    [LoggerMessage(
        13,
        LogLevel.Warning,
        "The child {Child} of the group {TaskGroup} still runs {ElapsedMs:0} ms after the group was canceled.")]
    internal static partial void ChildStraggles(ILogger logger, string taskGroup, string child, double elapsedMs);

    internal static void ExceptionUnseen(ILogger logger, string taskGroup, string? child, Exception exception)
    {
        if (child is null)
        {
            GroupException(logger, taskGroup, exception);
        }
        else
        {
            ChildException(logger, taskGroup, child, exception);
        }
    }

    [LoggerMessage(15, LogLevel.Error, "The group {TaskGroup} of a disposed scope had failed.")]
    internal static partial void ScopeFailed(ILogger logger, string taskGroup, Exception exception);

    [LoggerMessage(
        16,
        LogLevel.Warning,
        "The scope of the group {TaskGroup} was disposed synchronously while {RunningCount} of its children ran: {Children}. They were "
            + "canceled, and nobody " +
        "waits for them. Dispose the scope asynchronously: await using AsyncServiceScope scope = services.CreateAsyncScope().")]
    internal static partial void ScopeDisposedSynchronously(ILogger logger, string taskGroup, int runningCount, string children);

    [LoggerMessage(18, LogLevel.Debug, "The group {TaskGroup} failed after {ElapsedMs:0} ms.")]
    internal static partial void NestedGroupFailed(ILogger logger, string taskGroup, double elapsedMs, Exception exception);

    [LoggerMessage(
        19,
        LogLevel.Information,
        "The background group {TaskGroup} was canceled by the application and starts nothing any more: {RunningCount} children ran, "
            + "{WaitingCount} waited.")]
    internal static partial void BackgroundCanceled(ILogger logger, string taskGroup, int runningCount, int waitingCount);

    [LoggerMessage(
        20,
        LogLevel.Warning,
        "{RunningCount} children of requests and scopes still run as the application ends, and nobody waits for them: {Children}. Work "
            + "that shutdown must " +
        "wait for belongs to IBackgroundTaskGroup.")]
    internal static partial void LeftRunning(ILogger logger, int runningCount, string children);

    [LoggerMessage(
        EventId = 5,
        Message = "The background group {TaskGroup} was drained in {ElapsedMs:0} ms: {CanceledCount} children ended canceled, "
            + "{AbandonedCount} were abandoned, " +
        "{NeverStartedCount} never started.")]
    private static partial void DrainEnds(
        ILogger logger, LogLevel level, string taskGroup, double elapsedMs, int canceledCount, int abandonedCount, int neverStartedCount);

    [LoggerMessage(
        6,
        LogLevel.Error,
        "The child {Child} of the group {TaskGroup} was abandoned: it still runs after {ElapsedMs:0} ms and ignored its cancellation.")]
    private static partial void Abandoned(ILogger logger, string taskGroup, string child, double elapsedMs);

    [LoggerMessage(
        7,
        LogLevel.Error,
        "The child {Child} of the group {TaskGroup} never started: it waited {ElapsedMs:0} ms until the application shut down.")]
    private static partial void NeverStarted(ILogger logger, string taskGroup, string child, double elapsedMs);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "Background work cannot be drained in time: DrainTimeout ({DrainTimeout}), CancelTimeout ({CancelTimeout}) and {Report} for the "
            + "report exceed " +
        "HostOptions.ShutdownTimeout ({ShutdownTimeout}). Shorten them in AddTaskGroups, or set services.Configure<HostOptions>(options "
        + "=> " +
        "options.ShutdownTimeout = TimeSpan.FromSeconds({Seconds})).")]
    private static partial void BudgetsDoNotFit(
        ILogger logger, TimeSpan drainTimeout, TimeSpan cancelTimeout, TimeSpan report, TimeSpan shutdownTimeout, double seconds);

    [LoggerMessage(14, LogLevel.Warning, "The child {Child} of the group {TaskGroup} failed, and awaiting the group will not throw that.")]
    private static partial void ChildException(ILogger logger, string taskGroup, string child, Exception exception);

    [LoggerMessage(
        17,
        LogLevel.Warning,
        "In the group {TaskGroup} an exception happened that nobody awaits: of its body, of a callback on its token, or of a disposal.")]
    private static partial void GroupException(ILogger logger, string taskGroup, Exception exception);
}
