using Microsoft.Extensions.Logging;

namespace TaskGroups.Grpc;

// The ids are stable: never give the id of a line that is gone to another one.
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "The client of '{Call}' has gone: what still ran was canceled and has ended.")]
    internal static partial void ClientGone(this ILogger logger, string call, Exception? exception);

    [LoggerMessage(2, LogLevel.Warning, "A call is answered with DeadlineExceeded: {Reason}")]
    internal static partial void TimedOut(this ILogger logger, string reason, Exception? exception);

    [LoggerMessage(3, LogLevel.Warning, "A call is answered with ResourceExhausted: {Reason}")]
    internal static partial void Full(this ILogger logger, string reason);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "'{Call}' still ran when the grace for requests was over (RequestTaskGroupOptions.ShutdownGrace): canceled, answered with "
            + "Unavailable.")]
    internal static partial void CutShortByShutdown(this ILogger logger, string call, Exception? exception);

    [LoggerMessage(
        5, LogLevel.Information, "'{Call}' obeyed its StoppingToken because the application stops: answered with Unavailable.")]
    internal static partial void ObeyedStop(this ILogger logger, string call);

    [LoggerMessage(6, LogLevel.Information, "'{Call}' failed with {FailureType}, since child '{Child}' did.")]
    internal static partial void ChildFailed(this ILogger logger, string call, string failureType, string child);
}
