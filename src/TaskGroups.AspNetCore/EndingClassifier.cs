using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Decides what a request that has ended with an exception is answered for: the reason that canceled its group decides, whatever was
/// thrown afterwards (R41).
/// </summary>
internal static class EndingClassifier
{
    /// <summary>What Kestrel says when a client ends its side in the middle of a body. A test fails when it says something else.</summary>
    public const string LostUpload = "Unexpected end of request content";

    /// <summary>The same when the connection below a stream of HTTP/2 is lost.</summary>
    public const string LostStream = "The request stream was aborted";

    /// <summary>The same when the client resets its stream, of HTTP/2 or HTTP/3.</summary>
    public const string ResetStream = "The client reset the request stream";

    public static RequestEnding Of(RequestTaskGroup request, Exception failure) => Of(request.Failed, failure, request.Aborted);

    /// <summary>The same for what is no request of its own, such as the invocation of a hub.</summary>
    /// <param name="failed">Its group, joined; <see langword="null"/> if it had none, or the group has not failed.</param>
    /// <param name="failure">What it ended with.</param>
    /// <param name="aborted">The server's token, which fires when the client has gone (R42).</param>
    public static RequestEnding Of(TaskGroup? failed, Exception failure, CancellationToken aborted)
    {
        if (failed is not { } group)
        {
            return IsOfClient(failure, aborted) ? RequestEnding.ClientGone : OwnEndingOf(failure);
        }

        return group.CancellationReason switch
        {
            CancellationReason.CallerCanceled when aborted.IsCancellationRequested => RequestEnding.ClientGone,
            CancellationReason.TimedOut => RequestEnding.TimedOut,
            CancellationReason.HostStopping => RequestEnding.HostStopping,
            CancellationReason.ChildFailed when IsLostUpload(failure) || IsAbort(failure, aborted) => RequestEnding.ClientGone,
            CancellationReason.None when group.Parent is { IsStopped: true } && OutcomeRules.IsCancellation(group, failure) =>
                RequestEnding.ObeyedStop,
            CancellationReason.None when IsOfClient(failure, aborted) => RequestEnding.ClientGone,
            _ => OwnEndingOf(failure),
        };
    }

    /// <summary>
    /// Makes the reason that canceled a group its outcome; what was thrown afterwards, such as a driver's own exception, goes with it
    /// (R41).
    /// </summary>
    public static Exception Decide(
        TaskGroup group, Exception outcome, RequestGroupObserver observer, CancellationToken aborted) => group.CancellationReason switch
        {
            CancellationReason.TimedOut when outcome is not TimeoutException => new TimeoutException(
                observer.TimeoutOf(group)?.Message, outcome),
            CancellationReason.CallerCanceled or CancellationReason.HostStopping when outcome is not OperationCanceledException =>
                new OperationCanceledException(
                    $"'{group.Name}' was canceled, and its work failed after that.",
                    outcome,
                    aborted.IsCancellationRequested ? aborted : group.CancellationToken),
            _ => outcome,
        };

    /// <summary>Finds out whether the server threw because the client left in the middle of its body.</summary>
    /// <remarks>At times it does so before its token fires. All but the first of the exceptions have no type of their own.</remarks>
    public static bool IsLostUpload(Exception failure) => failure switch
    {
        ConnectionResetException => true,
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } =>
            failure.Message.StartsWith(LostUpload, StringComparison.Ordinal),
        IOException =>
            failure.Message.StartsWith(LostStream, StringComparison.Ordinal)
            || failure.Message.StartsWith(ResetStream, StringComparison.Ordinal),
        _ => false,
    };

    private static RequestEnding OwnEndingOf(Exception failure) =>
        failure is TaskGroupFullException ? RequestEnding.Full : RequestEnding.Failure;

    // Without a group that was canceled nothing tells what came first.
    private static bool IsOfClient(Exception failure, CancellationToken aborted) =>
        IsLostUpload(failure)
        || (aborted.IsCancellationRequested && failure is OperationCanceledException or ConnectionResetException);

    // A child that used the server's token itself was ended by it, even if the child saw it first. Any other cancellation is a failure that
    // came before the client left, such as that of HttpClient.Timeout.
    private static bool IsAbort(Exception failure, CancellationToken aborted) =>
        aborted.IsCancellationRequested
        && failure is OperationCanceledException cancellation && cancellation.CancellationToken == aborted;
}
