using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.SignalR;

/// <summary>Clients that leave in every phase, and applications that stop under them: nothing is left, and nothing is an error.</summary>
public sealed class ConnectionEndTests
{
    public static TheoryData<HttpTransportType, string> Phases
    {
        get
        {
            TheoryData<HttpTransportType, string> phases = [];
            foreach (HttpTransportType transport in InvocationTests.Transports.Select(row => row.Data))
            {
                phases.Add(transport, "Hang");
                phases.Add(transport, "Count");
                phases.Add(transport, "Channel");
            }

            return phases;
        }
    }

    public static TheoryData<HttpTransportType, string, Break> Breaks
    {
        get
        {
            TheoryData<HttpTransportType, string, Break> breaks = [];
            foreach (HttpTransportType transport in (HttpTransportType[])[HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents])
            {
                foreach (string phase in BrokenPhases)
                {
                    breaks.Add(transport, phase, Break.Reset);
                    breaks.Add(transport, phase, Break.Close);
                }
            }

            return breaks;
        }
    }

    // In an invocation with its group and without it; in a stream before its first item and after items.
    private static string[] BrokenPhases => ["Hang", "HangWithoutGroup", "Count nothing", "Count", "Channel"];

    // R29
    [Theory]
    [MemberData(nameof(Phases))]
    public async Task Client_WhenItLeaves_CancelsTheChildrenAndTheConnectionWaitsForThem(HttpTransportType transport, string phase)
    {
        await using TestApp test = await HubApp.StartAsync(isGateOpen: false);
        HubConnection client = await test.ConnectAsync(transport);
        Task pending = BeginAsync(client, phase);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        await client.DisposeAsync().AsTask().WithWatchdog();
        await test.Trail.WaitForAsync("disconnected").WithWatchdog();
        await test.Trail.WaitForAsync("canceled: CallerCanceled").WithWatchdog();
        HubApp.GateOf(test).Open();
        await test.App.StopAsync().WithWatchdog();

        Assert.Equal("ended", test.Trail.Steps[^1]);
        Assert.Empty(test.Groups());
        test.AssertQuiet();
        await Assert.ThrowsAnyAsync<Exception>(() => pending).WithWatchdog();
    }

    // R29: without a goodbye
    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task Client_WhenItsConnectionBreaks_IsNoError(HttpTransportType transport, string phase, Break how) =>
        await BreakAsync(transport, phase, how);

    // SignalR finds out that the client polls no more; all cases at once, since each waits for that.
    [Fact]
    public async Task Client_WhenItsConnectionsBreakUnderLongPolling_IsNoError() => await Task.WhenAll(
        from phase in BrokenPhases
        from how in Enum.GetValues<Break>()
        select BreakAsync(HttpTransportType.LongPolling, phase, how));

    [Fact]
    public async Task Client_WhenItLeavesWhileItConnects_IsNoError()
    {
        await using TestApp test = await HubApp.StartAsync();
        HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets, "?connected=hangs");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        await client.DisposeAsync().AsTask().WithWatchdog();
        await test.Trail.WaitForAsync("disconnected").WithWatchdog();

        Assert.Equal(["started", "canceled: CallerCanceled", "ended", "disconnected"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // What cleans up after a connection is not canceled by its end.
    [Fact]
    public async Task OnDisconnectedAsync_WhenTheClientHasGone_HasAGroupThatIsNotCanceled()
    {
        await using TestApp test = await HubApp.StartAsync(isGateOpen: false);
        HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets, "?disconnected=cleans");

        await client.DisposeAsync().AsTask().WithWatchdog();
        HubApp.GateOf(test).Open();
        await test.Trail.WaitForAsync("disconnected").WithWatchdog();

        Assert.Equal(["cleaned in WorkHub.OnDisconnectedAsync: None", "disconnected"], test.Trail.Steps);
        test.AssertQuiet();
    }

    [Fact]
    public async Task OnConnectedAsync_WhenAForgottenChildFails_RefusesTheConnection()
    {
        await using TestApp test = await HubApp.StartAsync();
        HubConnection client = test.Client(HttpTransportType.WebSockets, "?connected=fails");
        TaskCompletionSource<Exception?> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Closed += error =>
        {
            closed.TrySetResult(error);
            return Task.CompletedTask;
        };
        await client.StartAsync().WithWatchdog();

        Assert.NotNull(await closed.Task.WithWatchdog());

        Assert.IsType<FormatException>(Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Warning).Exception);
        Assert.Empty(test.Groups());
        await client.DisposeAsync();
    }

    // R33: SignalR closes the connections; the invocations are canceled, and waited for.
    [Theory]
    [MemberData(nameof(Phases))]
    public async Task Application_WhenItStops_CancelsAndJoinsTheInvocations(HttpTransportType transport, string phase)
    {
        await using TestApp test = await HubApp.StartAsync(isGateOpen: false);
        await using HubConnection client = await test.ConnectAsync(transport);
        Task pending = BeginAsync(client, phase);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        var stopping = Task.Run(() => test.App.StopAsync()); // SignalR waits for its connections before the method returns
        await test.Trail.WaitForAsync("canceled: CallerCanceled").WithWatchdog();
        HubApp.GateOf(test).Open();
        await stopping.WithWatchdog();

        Assert.Contains("ended", test.Trail.Steps);
        Assert.Empty(test.Groups());
        test.AssertQuiet();
        await Assert.ThrowsAnyAsync<Exception>(() => pending).WithWatchdog();
    }

    [Theory]
    [MemberData(nameof(InvocationTests.Transports), MemberType = typeof(InvocationTests))]
    public async Task Application_WhenItStopsAndAnInvocationObeys_IsNoErrorAndNoResult(HttpTransportType transport)
    {
        await using TestApp test = await HubApp.StartAsync();
        await using HubConnection client = await test.ConnectAsync(transport);
        Task pending = client.InvokeAsync("Obey");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        await test.App.StopAsync().WithWatchdog();

        await Assert.ThrowsAnyAsync<Exception>(() => pending).WithWatchdog();
        test.AssertQuiet();
    }

    private static async Task BreakAsync(HttpTransportType transport, string phase, Break how)
    {
        await using TestApp test = await HubApp.StartAsync(configure: builder =>
            builder.Services.Configure<ConnectionOptions>(options => options.DisconnectTimeout = TimeSpan.FromSeconds(3)));
        using BreakableConnections connections = new();
        await using HubConnection client = new HubConnectionBuilder()
            .WithUrl($"http://127.0.0.1:{test.Port}/work", transport, options =>
            {
                options.HttpMessageHandlerFactory = _ => connections.Handler;
                options.WebSocketFactory = async (context, cancellationToken) =>
                {
                    ClientWebSocket socket = new();
                    using HttpMessageInvoker invoker = new(connections.Handler, disposeHandler: false);
                    await socket.ConnectAsync(context.Uri, invoker, cancellationToken);
                    return socket;
                };
            })
            .Build();
        await client.StartAsync().WithWatchdog();
        Task pending = BeginAsync(client, phase);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connections.Break(how);
        await test.Trail.WaitForAsync("disconnected").WithWatchdog();
        if (phase != "HangWithoutGroup")
        {
            await test.Trail.WaitForAsync("canceled: CallerCanceled").WithWatchdog();
            await test.Trail.WaitForAsync("ended").WithWatchdog();
        }

        await Assert.ThrowsAnyAsync<Exception>(() => pending).WithWatchdog();
        await test.App.StopAsync().WithWatchdog();

        Assert.Empty(test.Groups());
        LogEntry[] loud = [.. test.Log.Entries.Where(each => each.Level >= LogLevel.Warning)];
        Assert.True(loud.Length == 0, $"{transport}, {phase}, {how}: {string.Join<LogEntry>(Environment.NewLine, loud)}");
    }

    private static async Task BeginAsync(HubConnection client, string phase)
    {
        switch (phase)
        {
            case "Count nothing":
                await ReadAsync(client.StreamAsync<int>("Count", 0, "hangs"));
                break;
            case "Count":
                await ReadAsync(client.StreamAsync<int>("Count", 2, "hangs"));
                break;
            case "Channel":
                await ReadAsync(client.StreamAsync<string>("Channel", 2, "hangs"));
                break;
            default:
                await client.InvokeAsync(phase);
                break;
        }
    }

    private static async Task ReadAsync<T>(IAsyncEnumerable<T> stream)
    {
        await foreach (T _ in stream)
        {
            // Until the connection ends.
        }
    }
}
