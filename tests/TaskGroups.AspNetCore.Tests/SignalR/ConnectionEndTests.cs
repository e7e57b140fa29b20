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
    [InlineData("Hang")]
    [InlineData("HangWithoutGroup")]
    [InlineData("Count")]
    [InlineData("Channel")]
    public async Task Client_WhenItsSocketBreaks_IsNoError(string phase)
    {
        await using TestApp test = await HubApp.StartAsync();
        ClientWebSocket socket = new();
        await using HubConnection client = new HubConnectionBuilder()
            .WithUrl($"http://127.0.0.1:{test.Port}/work", HttpTransportType.WebSockets, options =>
            {
                options.SkipNegotiation = true;
                options.WebSocketFactory = async (context, cancellationToken) =>
                {
                    await socket.ConnectAsync(context.Uri, cancellationToken);
                    return socket;
                };
            })
            .Build();
        await client.StartAsync().WithWatchdog();
        Task pending = BeginAsync(client, phase);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        socket.Abort();
        await Assert.ThrowsAnyAsync<Exception>(() => pending).WithWatchdog();
        await test.App.StopAsync().WithWatchdog();

        Assert.Empty(test.Groups());
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Warning);
    }

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

    private static async Task BeginAsync(HubConnection client, string phase)
    {
        switch (phase)
        {
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
