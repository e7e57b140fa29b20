using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Connections;

/// <summary>The recipe of docs/websockets.md with a real client: how each connection ends.</summary>
public sealed class WebSocketTests
{
    private const string Path = "/echo";

    [Fact]
    public async Task Message_WhenItIsSent_IsAnswered()
    {
        await using TestApp test = await StartAsync();
        using ClientWebSocket client = await ConnectAsync(test);

        await SendAsync(client, "one");
        await SendAsync(client, "two");

        Assert.Equal("one", await ReceiveAsync(client));
        Assert.Equal("two", await ReceiveAsync(client));
        string text = await test.Client.GetStringAsync("/taskgroups/text").WithWatchdog();
        Assert.Contains("[connection] GET /echo", text, StringComparison.Ordinal);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).WithWatchdog();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
        await test.FinishedAsync(Path);
        test.AssertQuiet();
    }

    // R33
    [Fact]
    public async Task Stop_WhileTheSocketIsOpen_ClosesItWith1001()
    {
        await using TestApp test = await StartAsync();
        using ClientWebSocket client = await ConnectAsync(test);

        Task stopped = test.App.StopAsync();

        Assert.Equal("closed: 1001", await ReceiveAsync(client));
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).WithWatchdog();
        await stopped.WithWatchdog();
        test.AssertQuiet();
    }

    // R33: a message that is on its way is answered before the close
    [Fact]
    public async Task Stop_WhileAMessageIsOnItsWay_LosesNothingThatWasAnswered()
    {
        await using TestApp test = await StartAsync();
        using ClientWebSocket client = await ConnectAsync(test);
        await SendAsync(client, "one");
        Assert.Equal("one", await ReceiveAsync(client));

        Task stopped = test.App.StopAsync();
        await SendAsync(client, "late");

        string last = await ReceiveAsync(client);
        Assert.Equal("closed: 1001", last == "late" ? await ReceiveAsync(client) : last);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).WithWatchdog();
        await stopped.WithWatchdog();
        test.AssertQuiet();
    }

    // R33: a client that does not answer the close does not hold the shutdown
    [Fact]
    public async Task Stop_WhenTheClientNeverCloses_EndsTheConnectionAfterTheLimit()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        using ClientWebSocket client = await ConnectAsync(test);

        Task stopped = test.App.StopAsync();
        await clock.WaitForTimerAsync(TimeSpan.FromSeconds(2)).WithWatchdog();
        clock.Advance(TimeSpan.FromSeconds(2));

        await stopped.WithWatchdog();
        test.AssertQuiet();
    }

    public enum Phase
    {
        Connected,
        InAMessage,
        BetweenMessages,
        WhileItIsAnswered,
        WhileTheApplicationStops,
    }

    // R29
    [Theory]
    [InlineData(Phase.Connected)]
    [InlineData(Phase.InAMessage)]
    [InlineData(Phase.BetweenMessages)]
    [InlineData(Phase.WhileItIsAnswered)]
    [InlineData(Phase.WhileTheApplicationStops)]
    public async Task Client_WhenItLeavesWithoutAClose_EndsTheConnectionQuietly(Phase phase)
    {
        await using TestApp test = await StartAsync();
        ClientWebSocket client = await ConnectAsync(test);
        Task stopped = Task.CompletedTask;
        switch (phase)
        {
            case Phase.InAMessage:
                await client.SendAsync("half"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: false, default).WithWatchdog();
                break;
            case Phase.BetweenMessages:
                await SendAsync(client, "one");
                Assert.Equal("one", await ReceiveAsync(client));
                break;
            case Phase.WhileItIsAnswered:
                for (int i = 0; i < 50; i++)
                {
                    await SendAsync(client, new string('x', 4_000)); // read by nothing: the answers wait in the connection
                }

                break;
            case Phase.WhileTheApplicationStops:
                stopped = test.App.StopAsync();
                break;
        }

        client.Abort();
        client.Dispose();

        await test.EndOfAsync(Path);
        await stopped.WithWatchdog();
        test.AssertQuiet();
    }

    [Fact]
    public async Task Request_ThatIsNoWebSocket_IsRefused()
    {
        await using TestApp test = await StartAsync();

        using HttpResponseMessage answer = await test.Client.GetAsync(Path).WithWatchdog();

        Assert.Equal(400, (int)answer.StatusCode);
    }

    private static Task<TestApp> StartAsync(ManualClock? clock = null) => TestApp.StartAsync(
        (app, test) =>
        {
            app.MapTaskGroups().AllowAnonymous();

            // <snippet: websockets-map>
            app.UseWebSockets();
            app.Map("/echo", (HttpContext context, ITaskGroup tasks, EchoSocket echo) => echo.ServeAsync(context, tasks));
            // </snippet>
        },
        builder =>
        {
            builder.Logging.AddFilter(typeof(GuardedEndpointsCheck).FullName, LogLevel.None);
            builder.Services.AddSingleton<TimeProvider>(clock ?? TimeProvider.System).AddSingleton<EchoSocket>();
        });

    private static async Task<ClientWebSocket> ConnectAsync(TestApp test)
    {
        ClientWebSocket client = new();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{test.Port}{Path}"), default).WithWatchdog();
        return client;
    }

    private static Task SendAsync(ClientWebSocket client, string text) =>
        client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default).WithWatchdog();

    private static async Task<string> ReceiveAsync(ClientWebSocket client)
    {
        byte[] buffer = new byte[4_096];
        WebSocketReceiveResult received = await client.ReceiveAsync(buffer, default).WithWatchdog();
        return received.MessageType == WebSocketMessageType.Close
            ? $"closed: {(int?)received.CloseStatus}"
            : Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
