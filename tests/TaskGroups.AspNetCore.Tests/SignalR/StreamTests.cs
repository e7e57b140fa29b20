using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.SignalR;

/// <summary>Streams of hubs: their end is that of the invocation.</summary>
public sealed class StreamTests
{
    [Theory]
    [MemberData(nameof(InvocationTests.Transports), MemberType = typeof(InvocationTests))]
    public async Task Stream_ThatEnds_BringsItsItems(HttpTransportType transport)
    {
        await using TestApp test = await HubApp.StartAsync();
        await using HubConnection client = await test.ConnectAsync(transport);

        Assert.Equal([0, 1, 2], await ReadAsync(client.StreamAsync<int>("Count", 3, "")).WithWatchdog());
        Assert.Equal(["0", "1", "2"], await ReadAsync(client.StreamAsync<string>("Channel", 3, "")).WithWatchdog());
        test.AssertQuiet();
    }

    // R28
    [Theory]
    [InlineData("Count")]
    [InlineData("Channel")]
    public async Task Stream_WhenAChildIsForgotten_EndsAfterIt(string method)
    {
        await using TestApp test = await HubApp.StartAsync(isGateOpen: false);
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);
        Task<List<object>> items = ReadAsync(client.StreamAsync<object>(method, 1, "forgets"));
        await test.Trail.WaitForAsync("returned").WithWatchdog();
        Assert.Contains(test.Groups(), group => group.Name == $"WorkHub.{method}" && group.Kind == "connection");

        HubApp.GateOf(test).Open();
        Assert.Single(await items.WithWatchdog());

        Assert.Equal(["returned", "child ended"], test.Trail.Steps);
        test.AssertQuiet();
    }

    [Theory]
    [InlineData("Count", "fails")]
    [InlineData("Count", "forgets-failing")]
    [InlineData("Channel", "fails")]
    public async Task Stream_WhenAChildFails_EndsWithAnErrorThatIsLoggedOnce(string method, string ending)
    {
        await using TestApp test = await HubApp.StartAsync();
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);

        HubException failure = await Assert.ThrowsAsync<HubException>(() => ReadAsync(client.StreamAsync<object>(method, 2, ending)))
            .WithWatchdog();

        Assert.Equal("An error occurred on the server while streaming results.", failure.Message);
        Assert.Single(test.Log.Entries, each => each.Exception is FormatException && each.Level >= LogLevel.Information);
        Assert.DoesNotContain(test.Log.OfTaskGroups(), each => each.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData("Count")]
    [InlineData("Channel")]
    public async Task Stream_WhenItsClientEndsIt_IsJoinedAndTheConnectionGoesOn(string method)
    {
        await using TestApp test = await HubApp.StartAsync();
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);
        using CancellationTokenSource enough = new();
        Task<List<object>> items = ReadAsync(client.StreamAsync<object>(method, 2, "hangs", enough.Token));
        await test.Trail.WaitForAsync("started").WithWatchdog();

        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => items).WithWatchdog();
        await test.Trail.WaitForAsync("ended").WithWatchdog();

        Assert.Equal("WorkHub.Name", await client.InvokeAsync<string>("Name").WithWatchdog());
        Assert.Equal(["started", "canceled: CallerCanceled", "ended"], test.Trail.Steps);
        test.AssertQuiet();
    }

    [Theory]
    [InlineData("Count")]
    [InlineData("Channel")]
    public async Task Stream_WhenItsTimeIsOver_TellsTheClient(string method)
    {
        ManualClock clock = new();
        await using TestApp test = await HubApp.StartAsync(
            hub => hub.WithTaskGroup(TimeSpan.FromSeconds(5)), builder => builder.Services.AddSingleton<TimeProvider>(clock));
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);
        Task<List<object>> items = ReadAsync(client.StreamAsync<object>(method, 2, "hangs"));
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(5));
        HubException failure = await Assert.ThrowsAsync<HubException>(() => items).WithWatchdog();

        Assert.EndsWith("The time limit of the invocation has passed.", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<List<T>> ReadAsync<T>(IAsyncEnumerable<T> stream)
    {
        List<T> items = [];
        await foreach (T item in stream)
        {
            items.Add(item);
        }

        return items;
    }
}
