using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Decides what a request that has ended with an exception is answered for: the reason that canceled its group decides, whatever was
/// thrown afterwards (R41).
/// </summary>
internal static class EndingClassifier
{
    public static RequestEnding Of(RequestTaskGroup request, Exception failure)
    {
        if (request.Failed is not { } group)
        {
            return IsOfClient(request, failure) ? RequestEnding.ClientGone : OwnEndingOf(failure);
        }

        return group.CancellationReason switch
        {
            CancellationReason.CallerCanceled when request.Aborted.IsCancellationRequested => RequestEnding.ClientGone,
            CancellationReason.TimedOut => RequestEnding.TimedOut,
            CancellationReason.HostStopping => RequestEnding.HostStopping,
            CancellationReason.ChildFailed when IsLostUpload(failure) || IsAbort(request, failure) => RequestEnding.ClientGone,
            CancellationReason.None when group.Parent is { IsStopped: true } && OutcomeClassifier.IsCancellation(group, failure) =>
                RequestEnding.ObeyedStop,
            CancellationReason.None when IsOfClient(request, failure) => RequestEnding.ClientGone,
            _ => OwnEndingOf(failure),
        };
    }

    /// <summary>Finds out whether the server threw because the client left in the middle of its body.</summary>
    /// <remarks>At times it does so before its token fires. The second of the two exceptions has no type of its own.</remarks>
    public static bool IsLostUpload(Exception failure) =>
        failure is ConnectionResetException
        || (failure is BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } lost
            && lost.Message.StartsWith("Unexpected end of request content", StringComparison.Ordinal));

    private static RequestEnding OwnEndingOf(Exception failure) =>
        failure is TaskGroupFullException ? RequestEnding.Full : RequestEnding.Failure;

    // Without a group that was canceled nothing tells what came first.
    private static bool IsOfClient(RequestTaskGroup request, Exception failure) =>
        IsLostUpload(failure)
        || (request.Aborted.IsCancellationRequested && failure is OperationCanceledException or ConnectionResetException);

    // A child that used the server's token itself was ended by it, even if it was heard of first. Any other cancellation is a failure that
    // came before the client left, such as that of HttpClient.Timeout.
    private static bool IsAbort(RequestTaskGroup request, Exception failure) =>
        request.Aborted.IsCancellationRequested
        && failure is OperationCanceledException cancellation && cancellation.CancellationToken == request.Aborted;
}
