using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Ends invocations of hubs. What is thrown here SignalR logs as an error and tells the client, whose text it is if it is a
/// <see cref="HubException"/>; a client that has gone, and the end of the application, are no errors.
/// </summary>
/// <param name="logger">Where endings are reported that SignalR does not log.</param>
/// <param name="observer">Knows whose failures are those of children.</param>
/// <param name="mapsEndings"><see cref="RequestTaskGroupOptions.MapEndings"/>.</param>
internal sealed class HubResponder(ILogger logger, RequestGroupObserver observer, bool mapsEndings)
{
    /// <summary>Throws what the client is to be told of.</summary>
    /// <param name="call">What was invoked.</param>
    /// <param name="group">Its group, joined; <see langword="null"/> if it had none.</param>
    /// <param name="failure">What it ended with; <see langword="null"/> if normally.</param>
    public void Respond(HubCall call, TaskGroup? group, Exception? failure)
    {
        if (failure is null)
        {
            return;
        }

        switch (EndingClassifier.Of(group, failure, call.Aborted))
        {
            case RequestEnding.ClientGone:
                logger.ClientGone(call.Method.Name, failure is OperationCanceledException ? failure.InnerException : failure);
                break;

            case RequestEnding.HostStopping or RequestEnding.ObeyedStop:
                // SignalR is about to close the connection as well. Aborted here, the client cannot take what follows for the result.
                call.Caller.Abort();
                logger.InvocationEndedByStop(call.Method.Name);
                break;

            case RequestEnding.TimedOut when mapsEndings:
                throw new HubException("The time limit of the invocation has passed.", failure);

            case RequestEnding.Full when mapsEndings:
                throw new HubException("The server has too much work: try again later.", failure);

            default:
                if (failure is not HubException && observer.ChildOf(failure) is { } child)
                {
                    logger.ChildFailed(call.Method.Name, failure.GetType().ToString(), child);
                }

                ExceptionDispatchInfo.Throw(failure);
                break;
        }
    }

    /// <summary>Warns of a result that comes after the limit: it stands (R19).</summary>
    public void RespondLate(HubCall call, TimeoutException? timeout) => logger.AnsweredLate(call.Method.Name, timeout?.Message);
}
