using System.Runtime.ExceptionServices;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using TaskGroups.AspNetCore;
using TaskGroups.Hosting;

namespace TaskGroups.Grpc;

/// <summary>
/// Runs calls with the group of their request. Behind <c>UseRequestTaskGroups</c> the request has one already; without it, it is given one
/// here, which lives as long as the method.
/// </summary>
internal sealed class GroupedCalls(
    RequestGroupFactory requests, EndpointSettingsCache endpoints, StatusMapping statuses, CurrentGroup? current = null)
{
    /// <summary>Invokes the method of a call, and joins the group.</summary>
    /// <exception cref="RpcException">The call ended early, or a child's: it leaves as it is.</exception>
    public async Task<TResponse> RunAsync<TResponse>(ServerCallContext context, Func<Task<TResponse>> method)
    {
        HttpContext http = context.GetHttpContext();
        RequestTaskGroup request = RequestTaskGroup.Of(http) ?? RequestTaskGroup.Attach(requests, http);
        bool isOwn = request.TryBegin(http.Features); // else the middleware has begun, and ends the request
        using IDisposable? place = isOwn ? current?.Enter(request) : null;
        Endpoint? endpoint = http.GetEndpoint();
        string name = MethodName.Of(endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>(), context);
        bool isDisabled = endpoints.Of(endpoint).IsDisabled;
        request.Serve(name, isDisabled ? null : CallDeadline.LimitOf(context.Deadline));
        TResponse? response = default;
        Exception? failure = isDisabled ? null : request.EndBeforeHandler();
        if (failure is null)
        {
            try
            {
                response = await method().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // The body's failure: the join says what comes of it.
                failure = exception;
            }
        }

        if (isOwn)
        {
            failure = await request.EndAsync(failure).ConfigureAwait(false);
        }
        else if (!isDisabled)
        {
            failure = await request.JoinAsync(failure).ConfigureAwait(false);
        }

        request.MarkAnswered();
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(statuses.Map(name, request, failure));
        }

        return response!;
    }
}
