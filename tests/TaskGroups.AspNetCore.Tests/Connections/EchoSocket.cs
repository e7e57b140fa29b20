using System.Net.WebSockets;
using System.Threading.Channels;

namespace TaskGroups.AspNetCore.Tests.Connections;

// <snippet: websockets-recipe>
/// <summary>Answers each message with itself, until the client closes or leaves, or the application stops.</summary>
internal sealed class EchoSocket(TimeProvider clock)
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    public async Task ServeAsync(HttpContext context, ITaskGroup tasks)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        Channel<Message> answers = Channel.CreateBounded<Message>(16);
        Task receiving = tasks.Run(ct => ReceiveAsync(socket, answers.Writer, ct));
        await tasks.Run(ct => SendAsync(socket, answers, tasks.StoppingToken, ct));

        // Our close has been sent. The client's ends what receives; a client that sends none must not hold the shutdown.
        Task timeout = Task.Delay(CloseTimeout, clock, tasks.CancellationToken);
        if (await Task.WhenAny(receiving, timeout) == timeout)
        {
            tasks.Cancel();
        }
    }

    private static async Task ReceiveAsync(WebSocket socket, ChannelWriter<Message> answers, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4_096];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken) is var part
                && part.MessageType != WebSocketMessageType.Close)
            {
                // False once our close has been sent: what comes until the client's close is dropped.
                if (await answers.WaitToWriteAsync(cancellationToken))
                {
                    await answers.WriteAsync(new Message(buffer[..part.Count], part.MessageType, part.EndOfMessage), cancellationToken);
                }
            }
        }
        catch (WebSocketException)
        {
            // The client has gone without a close: nothing is left to tell it.
        }
        finally
        {
            answers.TryComplete();
        }
    }

    // All that is sent is sent here, so that the close comes after the last message.
    private static async Task SendAsync(
        WebSocket socket, Channel<Message> answers, CancellationToken stoppingToken, CancellationToken cancellationToken)
    {
        try
        {
            WebSocketCloseStatus status = await SendAllAsync(socket, answers.Reader, stoppingToken, cancellationToken);
            await socket.CloseOutputAsync(status, statusDescription: null, cancellationToken);
        }
        catch (WebSocketException)
        {
            // As above.
        }
        finally
        {
            answers.Writer.TryComplete();
        }
    }

    private static async Task<WebSocketCloseStatus> SendAllAsync(
        WebSocket socket, ChannelReader<Message> answers, CancellationToken stoppingToken, CancellationToken cancellationToken)
    {
        try
        {
            // The soft signal ends the wait for a message, never a message that is being sent.
            await foreach (Message message in answers.ReadAllAsync(stoppingToken))
            {
                await socket.SendAsync(message.Content.AsMemory(), message.Type, message.IsLast, cancellationToken);
            }

            return WebSocketCloseStatus.NormalClosure;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return WebSocketCloseStatus.EndpointUnavailable; // 1001: the application stops
        }
    }

    private sealed record Message(byte[] Content, WebSocketMessageType Type, bool IsLast);
}
// </snippet>
