using System.Net.WebSockets;
using TaskGroups;

namespace Ordinary;

public static class Echo
{
    public static void MapEcho(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseRequestTaskGroups();
        app.UseWebSockets();
        app.Map("/echo", async (HttpContext context, ITaskGroup tasks) =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            Task receiving = tasks.Run(async ct =>
            {
                byte[] buffer = new byte[4096];
                while (socket.State == WebSocketState.Open)
                {
                    ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), ct);
                    if (received.MessageType == WebSocketMessageType.Close)
                    {
                        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                        return;
                    }

                    await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, ct);
                }
            });
            await receiving;
        });
        app.MapGet("/ticks", async (HttpResponse response, ITaskGroup tasks, CancellationToken cancellationToken) =>
        {
            response.ContentType = "text/event-stream";
            await foreach (int tick in tasks.StreamAsync(Enumerable.Range(0, 10), (i, ct) => Task.FromResult(i)))
            {
                await response.WriteAsync($"data: {tick}\n\n", cancellationToken);
            }
        });
    }
}
