using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "The client of '{TaskGroup}' has gone: what still ran was canceled and has ended.")]
    internal static partial void ClientGone(this ILogger logger, string taskGroup, Exception? exception);

    [LoggerMessage(2, LogLevel.Warning, "A request is answered with 504: {Reason}")]
    internal static partial void TimedOut(this ILogger logger, string reason, Exception? exception);

    [LoggerMessage(3, LogLevel.Warning, "A request is answered with 503: {Reason}")]
    internal static partial void Full(this ILogger logger, string reason);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "'{TaskGroup}' still ran when the grace for requests was over (RequestTaskGroupOptions.ShutdownGrace): canceled, answered with "
            + "503.")]
    internal static partial void CutShortByShutdown(this ILogger logger, string taskGroup, Exception? exception);

    [LoggerMessage(
        5,
        LogLevel.Error,
        "{Work} of '{TaskGroup}' failed after its response had started: the connection is aborted, since the response may be incomplete.")]
    internal static partial void FailedAfterResponseStarted(this ILogger logger, string work, string taskGroup, Exception exception);

    [LoggerMessage(6, LogLevel.Information, "'{TaskGroup}' obeyed its StoppingToken because the application stops: answered with 503.")]
    internal static partial void ObeyedStop(this ILogger logger, string taskGroup);

    [LoggerMessage(
        7, LogLevel.Information, "'{TaskGroup}' was cut short in the middle of its response, because the application stops: the connection "
            + "is aborted.")]
    internal static partial void CutShortInResponse(this ILogger logger, string taskGroup);

    [LoggerMessage(
        8,
        LogLevel.Warning,
        "RequestTaskGroupOptions.ShutdownGrace is {Grace}, but the drain of background work leaves requests {Rest} of "
            + "HostOptions.ShutdownTimeout " +
        "({ShutdownTimeout}). Shorten the grace, or raise ShutdownTimeout.")]
    internal static partial void GraceDoesNotFit(this ILogger logger, TimeSpan grace, TimeSpan rest, TimeSpan shutdownTimeout);

    [LoggerMessage(
        9,
        LogLevel.Warning,
        "Requests have no grace at shutdown while background work runs: its drain takes all of HostOptions.ShutdownTimeout "
            + "({ShutdownTimeout}). Raise it, shorten DrainTimeout in AddTaskGroups, or set RequestTaskGroupOptions.ShutdownGrace.")]
    internal static partial void NoGrace(this ILogger logger, TimeSpan shutdownTimeout);

    [LoggerMessage(
        10,
        LogLevel.Error,
        "{Work} of '{TaskGroup}' failed, and then its client left. Exception handling would take the failure for the client's.")]
    internal static partial void FailedBeforeClientLeft(this ILogger logger, string work, string taskGroup, Exception exception);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "The answer of '{TaskGroup}' comes after its limit: what ran then ignored its token, and has ended since. {Reason}")]
    internal static partial void AnsweredLate(this ILogger logger, string taskGroup, string? reason);

    [LoggerMessage(
        12,
        LogLevel.Warning,
        "'{TaskGroup}' is answered with {Status} by exception handling inside UseRequestTaskGroups(), and not with 499, 503 or 504 by this "
            + "middleware. Call app.UseExceptionHandler() before app.UseRequestTaskGroups(). Said once.")]
    internal static partial void ExceptionHandlerInside(this ILogger logger, string taskGroup, int status);

    [LoggerMessage(
        13,
        LogLevel.Information,
        "'{Request}' still ran when the grace for requests was over (RequestTaskGroupOptions.ShutdownGrace), and has no group that could "
            + "be canceled, or has begun its response: the connection is aborted.")]
    internal static partial void AbortedByShutdown(this ILogger logger, string request);

    [LoggerMessage(
        14,
        LogLevel.Information,
        "'{Invocation}' ended early, because the application stops: its connection is closed.")]
    internal static partial void InvocationEndedByStop(this ILogger logger, string invocation);

    [LoggerMessage(
        15, LogLevel.Error, "{Work} of '{Group}' failed after its call had been answered: the answer stands, and does not tell of it.")]
    internal static partial void FailedAfterAnswer(this ILogger logger, string work, string group, Exception exception);

    [LoggerMessage(
        16,
        LogLevel.Information,
        "Stopping for {ElapsedSeconds:0} s. Requests that hold the server: {RequestCount}. The oldest: {Oldest}.")]
    internal static partial void RequestsHoldServer(this ILogger logger, double elapsedSeconds, int requestCount, string oldest);

    [LoggerMessage(17, LogLevel.Information, "'{TaskGroup}' failed with {FailureType}, since child '{Child}' did.")]
    internal static partial void ChildFailed(this ILogger logger, string taskGroup, string failureType, string child);

    [LoggerMessage(
        30,
        LogLevel.Warning,
        "Endpoints take an ITaskGroup and return a value, which is written before their group is joined: a child that fails later aborts a "
            + "response that has begun with 200. Add .WithTaskGroup(), or .DisableTaskGroup() if that is meant: {Endpoints}.")]
    internal static partial void JoinedAfterResponse(this ILogger logger, string endpoints);

    [LoggerMessage(
        31,
        LogLevel.Warning,
        "[TaskGroup] on the handler of a minimal API sets limits, but does not join the group before the response. Add .WithTaskGroup(): "
            + "{Endpoints}.")]
    internal static partial void AttributeDoesNotJoin(this ILogger logger, string endpoints);

    [LoggerMessage(
        32,
        LogLevel.Warning,
        "[TaskGroup] and [DisableTaskGroup] have no effect on the handler methods of a page. Put them on the PageModel class: {Handlers}.")]
    internal static partial void AttributeOnPageHandler(this ILogger logger, string handlers);

    [LoggerMessage(
        33,
        LogLevel.Warning,
        "WithTaskGroup() or [TaskGroup] on a hub or a gRPC service limits its calls, and joins them before their answer, only where they "
            + "have groups of their own. Call {Registration}: {Endpoints}.")]
    internal static partial void CallsHaveNoGroups(this ILogger logger, string registration, string endpoints);

    [LoggerMessage(
        40,
        LogLevel.Warning,
        "The live page at {Pattern} allows anonymous access outside Development: everybody who reaches it sees what the process does. "
            + "Write .RequireAuthorization(\"operations\") with a policy of yours.")]
    public static partial void LivePageIsOpen(this ILogger logger, string pattern);

    [LoggerMessage(
        41,
        LogLevel.Warning,
        "The list of jobs at {Pattern} allows anonymous access outside Development: everybody who reaches it can cancel and retry jobs. "
            + "Write .RequireAuthorization(\"operations\") with a policy of yours.")]
    public static partial void JobsAreOpen(this ILogger logger, string pattern);

    [LoggerMessage(42, LogLevel.Information, "'{User}' at {Address} asked to {Action} the job '{JobId}': {Status}.")]
    public static partial void JobAsked(
        this ILogger logger, string action, string jobId, string user, string? address, int status);

    [LoggerMessage(50, LogLevel.Debug, "The deadline in a header of a request is ignored: it is {Why}.")]
    internal static partial void DeadlineIgnored(this ILogger logger, string why);

    [LoggerMessage(
        51,
        LogLevel.Warning,
        "The HTTP client '{Client}' sends no deadline: its handler follows redirects, which would repeat the deadline to any host. Write "
            + ".ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler {{ AllowAutoRedirect = false }}), or "
            + ".AddTaskGroupDeadline(deadline => deadline.AllowRedirects = true) if all that it is redirected to may know it.")]
    internal static partial void NoDeadlineOverRedirects(this ILogger logger, string client);
}
