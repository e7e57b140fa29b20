using Grpc.Core;

namespace TaskGroups.Grpc.Tests;

/// <summary>The methods of the service, one of each kind.</summary>
public enum CallKind
{
    SayHello,
    Collect,
    Watch,
    Chat,
}

internal static class CallKinds
{
    /// <summary>Makes a call, and gives the last message that comes back.</summary>
    /// <param name="client">Makes it.</param>
    /// <param name="kind">The method.</param>
    /// <param name="ending">How it ends.</param>
    /// <param name="options">The options of the call.</param>
    /// <param name="isOpen">Whether the client's stream stays open: the server may wait for another message.</param>
    public static async Task<string> CallAsync(
        this Greeter.GreeterClient client, CallKind kind, string ending, CallOptions options = default, bool isOpen = false)
    {
        HelloRequest request = new() { Ending = ending };
        switch (kind)
        {
            case CallKind.SayHello:
                return (await client.SayHelloAsync(request, options)).Text;

            case CallKind.Collect:
                using (AsyncClientStreamingCall<HelloRequest, HelloReply> call = client.Collect(options))
                {
                    await SendAsync(call.RequestStream, request, isOpen);
                    return (await call).Text;
                }

            case CallKind.Watch:
                using (AsyncServerStreamingCall<HelloReply> call = client.Watch(request, options))
                {
                    return await ReadAsync(call.ResponseStream);
                }

            default:
                using (AsyncDuplexStreamingCall<HelloRequest, HelloReply> call = client.Chat(options))
                {
                    await SendAsync(call.RequestStream, request, isOpen);
                    return await ReadAsync(call.ResponseStream);
                }
        }
    }

    private static async Task SendAsync(IClientStreamWriter<HelloRequest> stream, HelloRequest request, bool isOpen)
    {
        await stream.WriteAsync(request);
        if (!isOpen)
        {
            await stream.CompleteAsync();
        }
    }

    private static async Task<string> ReadAsync(IAsyncStreamReader<HelloReply> replies)
    {
        string text = "";
        while (await replies.MoveNext(CancellationToken.None))
        {
            text = replies.Current.Text;
        }

        return text;
    }
}
