namespace SampleApi;

internal static partial class Log
{
    [LoggerMessage(
        1,
        LogLevel.Warning,
        "The database cannot be reached: {Reason} Starting without it; requests are answered 503 until it is there.")]
    public static partial void DatabaseIsMissingAtStart(this ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Information, "The receipt of order {OrderId} lies in {File}.")]
    public static partial void ReceiptWritten(this ILogger logger, int orderId, string file);

    [LoggerMessage(3, LogLevel.Information, "{Count} orders of an earlier run have no receipt yet. Writing them now.")]
    public static partial void ReceiptsOwed(this ILogger logger, int count);

    [LoggerMessage(4, LogLevel.Warning, "Answering {Status}: {Reason}")]
    public static partial void Answering(this ILogger logger, int status, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The database cannot be reached.")]
    public static partial void DatabaseIsMissing(this ILogger logger, Exception? exception);

    [LoggerMessage(6, LogLevel.Information, "The database is ready.")]
    public static partial void DatabaseIsReady(this ILogger logger);

    [LoggerMessage(7, LogLevel.Warning, "The receipt of order {OrderId} is left to the next start.")]
    public static partial void ReceiptLeftToTheNextStart(this ILogger logger, int orderId, Exception exception);

    [LoggerMessage(8, LogLevel.Information, "A client that watches orders left {Count} events unread: its connection is closed.")]
    public static partial void WatcherCutOff(this ILogger logger, int count);

    [LoggerMessage(9, LogLevel.Warning, "The response of {Path} was broken off: {Reason}")]
    public static partial void BrokenOff(this ILogger logger, string path, string reason);

    [LoggerMessage(10, LogLevel.Error, "The response of {Path} was broken off.")]
    public static partial void BrokenOffByAFault(this ILogger logger, string path, Exception exception);
}
