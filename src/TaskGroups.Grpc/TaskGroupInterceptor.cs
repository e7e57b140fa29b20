using Grpc.Core;
using Grpc.Core.Interceptors;

namespace TaskGroups.Grpc;

/// <summary>Joins the group of each call between its method and its status. A singleton.</summary>
internal sealed class TaskGroupInterceptor(GroupedCalls calls) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        calls.RunAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        calls.RunAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        calls.RunAsync(context, () => WithoutResponse(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        calls.RunAsync(context, () => WithoutResponse(continuation(requestStream, responseStream, context)));

    private static async Task<object?> WithoutResponse(Task method)
    {
        await method.ConfigureAwait(false);
        return null;
    }
}
