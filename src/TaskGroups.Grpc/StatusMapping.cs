using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.AspNetCore;
using TaskGroups.Hosting;

namespace TaskGroups.Grpc;

/// <summary>
/// Gives calls that ended early for a reason that is not the application's failure their status: the client has gone, time ran out, the
/// group was full, the application stops. The texts name no children: they go to the client.
/// </summary>
internal sealed class StatusMapping(
    IOptions<RequestTaskGroupOptions> options, RequestGroupObserver observer, ILogger<StatusMapping> log)
{
    /// <summary>What gRPC says of a message that is written after the client has gone. A test fails when it says something else.</summary>
    private const string LostMessage = "Can't write the message because the request is complete.";

    private readonly ILogger _logger = new SafeLogger(log);

    /// <summary>Finds what must leave the interceptor.</summary>
    /// <param name="name">The name of the call.</param>
    /// <param name="request">Its groups, joined.</param>
    /// <param name="failure">What it ended with.</param>
    public Exception Map(string name, RequestTaskGroup request, Exception failure)
    {
        RequestEnding ending = IsLostMessage(request, failure) ? RequestEnding.ClientGone : EndingClassifier.Of(request, failure);
        if (ending == RequestEnding.Failure || !options.Value.MapEndings)
        {
            if (failure is not RpcException && observer.ChildOf(failure) is { } child)
            {
                // The server logs the failure, and does not know of children.
                _logger.ChildFailed(name, failure.GetType().ToString(), child);
            }

            return failure;
        }

        Exception? beside = request.Failed is null ? null : failure.InnerException;
        switch (ending)
        {
            case RequestEnding.ClientGone:
                _logger.ClientGone(name, beside);
                return new RpcException(new Status(StatusCode.Cancelled, "The client has canceled the call."));

            case RequestEnding.TimedOut:
                _logger.TimedOut(failure.Message, beside);
                return new RpcException(new Status(StatusCode.DeadlineExceeded, "The time limit of the call has passed."));

            case RequestEnding.Full:
                _logger.Full(failure.Message);
                return new RpcException(new Status(StatusCode.ResourceExhausted, "The server has too much work: try again later."));

            case RequestEnding.HostStopping:
                _logger.CutShortByShutdown(name, beside);
                return new RpcException(new Status(StatusCode.Unavailable, "The server stops."));

            default:
                _logger.ObeyedStop(name);
                return new RpcException(new Status(StatusCode.Unavailable, "The server stops."));
        }
    }

    // The writer looks at the server's token by itself, at times before the group is canceled.
    private static bool IsLostMessage(RequestTaskGroup request, Exception failure) =>
        request.Aborted.IsCancellationRequested
        && failure is InvalidOperationException
        && failure.Message.StartsWith(LostMessage, StringComparison.Ordinal);
}
