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
    public static async Task<string> CallAsync(
        this Greeter.GreeterClient client, CallKind kind, string ending, CallOptions options = default)
    {
        HelloRequest request = new() { Ending = ending };
        switch (kind)
        {
            case CallKind.SayHello:
                return (await client.SayHelloAsync(request, options)).Text;

            case CallKind.Collect:
                using (AsyncClientStreamingCall<HelloRequest, HelloReply> call = client.Collect(options))
                {
                    await call.RequestStream.WriteAsync(request);
                    await call.RequestStream.CompleteAsync();
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
                    await call.RequestStream.WriteAsync(request);
                    await call.RequestStream.CompleteAsync();
                    return await ReadAsync(call.ResponseStream);
                }
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
