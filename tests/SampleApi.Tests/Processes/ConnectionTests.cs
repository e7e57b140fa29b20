using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Net.WebSockets;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>A deploy while clients stay connected: SIGTERM reaches the process with 200 connections of each kind.</summary>
public sealed class ConnectionTests(SqliteFiles databases, Storefront upstreams) : DeployTests(databases, upstreams)
{
    private const int Clients = 200;

    // R33: the tables of docs/sse.md and docs/websockets.md
    [Fact]
    public async Task Sigterm_WithManyOpenConnections_TellsEachClientAndEndsInTime()
    {
        await using SampleProcess shop = Start("connections", typeof(EchoSockets), (EchoSockets.Switch, "1"));
        Uri address = await shop.ListensAsync();
        using HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = Clients }) { BaseAddress = address };
        Stream[] streams = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => http.GetStreamAsync("/orders/events")))
            .WithWatchdog();
        ClientWebSocket[] sockets = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => OpenAsync(address))).WithWatchdog();
        Task<string>[] endings = [.. streams.Select(LastEventAsync), .. sockets.Select(LastMessageAsync)];

        long terminated = Stopwatch.GetTimestamp();
        shop.Terminate();
        string[] seen = await Task.WhenAll(endings).WithWatchdog();
        int exitCode = await shop.ExitAsync();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(terminated);

        string log = string.Join(Environment.NewLine, shop.Lines.TakeLast(60));
        Assert.True(exitCode == 0, $"Exit code {exitCode}:{Environment.NewLine}{log}");
        Assert.Equal(
            [$"1001 x {Clients}", $"bye x {Clients}"], seen.CountBy(each => each).Select(each => $"{each.Key} x {each.Value}").Order());
        Assert.DoesNotContain(shop.Lines, IsWarning);
        Assert.True(elapsed < TimeSpan.FromSeconds(5), $"Took {elapsed}.{Environment.NewLine}{log}");
        foreach (ClientWebSocket socket in sockets)
        {
            socket.Dispose();
        }
    }

    private static bool IsWarning(string line) =>
        line.Contains(" WRN]", StringComparison.Ordinal) || line.Contains(" ERR]", StringComparison.Ordinal);

    private static async Task<ClientWebSocket> OpenAsync(Uri address)
    {
        ClientWebSocket socket = new();
        await socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = EchoSockets.Path }.Uri, CancellationToken.None);
        return socket;
    }

    private static async Task<string> LastEventAsync(Stream stream)
    {
        string last = "nothing";
        await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync())
        {
            last = item.EventType;
        }

        return last;
    }

    private static async Task<string> LastMessageAsync(ClientWebSocket socket)
    {
        WebSocketReceiveResult received = await socket.ReceiveAsync(new byte[256], CancellationToken.None);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        return $"{(int?)received.CloseStatus}";
    }
}
