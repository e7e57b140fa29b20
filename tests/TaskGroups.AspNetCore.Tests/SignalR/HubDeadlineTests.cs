using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using TaskGroups.AspNetCore.Tests.Deadlines;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.SignalR;

/// <summary>What an HTTP client tells the services that a hub calls.</summary>
public sealed class HubDeadlineTests
{
    [Theory]
    [InlineData("Body", "4980")]
    [InlineData("Child", "4980")]
    [InlineData("Nested", "280")]
    [InlineData("Own", "1980")] // the method's own limit
    public async Task Call_OfAHub_CarriesWhatTheInvocationHasLeft(string method, string deadline)
    {
        await using Upstream upstream = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(upstream);
        await using HubConnection client = await ConnectAsync(test);

        Assert.Equal(deadline, await client.InvokeAsync<string>(method).WithWatchdog());
        test.AssertQuiet();
    }

    [Fact]
    public async Task Call_OfAStreamOfAHub_CarriesWhatTheStreamHasLeft()
    {
        await using Upstream upstream = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(upstream);
        await using HubConnection client = await ConnectAsync(test);

        string? item = null;
        await foreach (string each in client.StreamAsync<string>("Stream"))
        {
            item = each;
        }

        Assert.Equal("4980", item);
    }

    private static Task<TestApp> StartAsync(Upstream upstream) => TestApp.StartAsync(
        (app, _) => app.MapHub<CallingHub>("/calling").WithTaskGroup(TimeSpan.FromSeconds(5)),
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(new ManualClock());
            builder.Services.AddUpstreamClient(upstream);
            builder.Services.AddSignalR().AddTaskGroups();
        });

    private static async Task<HubConnection> ConnectAsync(TestApp test)
    {
        HubConnection client = new HubConnectionBuilder()
            .WithUrl($"http://127.0.0.1:{test.Port}/calling", HttpTransportType.WebSockets)
            .Build();
        await client.StartAsync().WithWatchdog();
        return client;
    }

    private sealed class CallingHub(ITaskGroup tasks, IHttpClientFactory clients) : Hub
    {
        public Task<string> Body() => clients.CallAsync(CancellationToken.None);

        public Task<string> Child() => tasks.Run(ct => clients.CallAsync(ct));

        public Task<string> Nested() => tasks.RunGroupAsync(
            nested => nested.Run(ct => clients.CallAsync(ct)), new TaskGroupOptions { Timeout = TimeSpan.FromMilliseconds(300) });

        [TaskGroup(TimeoutMilliseconds = 2_000)]
        public Task<string> Own() => tasks.Run(ct => clients.CallAsync(ct));

        public async IAsyncEnumerable<string> Stream()
        {
            yield return await tasks.Run(ct => clients.CallAsync(ct));
        }
    }
}
