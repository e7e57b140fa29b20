using System.Net.ServerSentEvents;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Connections;

/// <summary>The recipe of docs/sse.md on real connections: how each ends.</summary>
public sealed class EventStreamTests
{
    private const string Path = "/prices";

    [Fact]
    public async Task Stream_WhenSomethingHappens_TellsTheClient()
    {
        await using TestApp test = await StartAsync();
        using Client client = await Client.ConnectAsync(test);

        test.App.Services.GetRequiredService<ChangedProducts>().Add(7);
        test.App.Services.GetRequiredService<ChangedProducts>().Add(8);

        Assert.Equal("price: product-7 9.5", await client.ReadAsync());
        Assert.Equal("price: product-8 9.5", await client.ReadAsync());
    }

    // R33: the goodbye, and nothing that holds the shutdown
    [Fact]
    public async Task Stream_WhenTheApplicationStops_EndsWithAGoodbye()
    {
        await using TestApp test = await StartAsync();
        using Client client = await Client.ConnectAsync(test);

        Task stopped = test.App.StopAsync();

        Assert.Equal("bye: Come back later.", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
        await stopped.WithWatchdog();
        test.AssertQuiet();
    }

    // R29
    [Fact]
    public async Task Client_WhenItLeavesWhileNothingHappens_EndsTheStreamQuietly()
    {
        await using TestApp test = await StartAsync();
        Client client = await Client.ConnectAsync(test);

        client.Dispose();

        await test.EndOfAsync(Path);
        await test.FinishedAsync(Path);
        test.AssertQuiet();
    }

    // R29
    [Fact]
    public async Task Client_WhenItLeavesWhileChildrenRun_CancelsThem()
    {
        await using TestApp test = await StartAsync();
        Client client = await Client.ConnectAsync(test);
        test.App.Services.GetRequiredService<ChangedProducts>().Add(Prices.Hanging);
        await test.Trail.WaitForAsync("hangs").WithWatchdog();

        client.Dispose();

        await test.EndOfAsync(Path);
        await test.FinishedAsync(Path);
        test.AssertQuiet();
    }

    // R29: the goodbye has nowhere to go
    [Fact]
    public async Task Client_WhenItLeavesWhileTheApplicationStops_EndsTheStreamQuietly()
    {
        await using TestApp test = await StartAsync();
        Client client = await Client.ConnectAsync(test);
        test.App.Services.GetRequiredService<ChangedProducts>().Add(Prices.Hanging);
        await test.Trail.WaitForAsync("hangs").WithWatchdog();

        Task stopped = test.App.StopAsync();
        client.Dispose();

        await stopped.WithWatchdog();
        test.AssertQuiet();
    }

    public enum Phase
    {
        BeforeTheFirstEvent,
        BetweenEvents,
        WhileChildrenRun,
        WhileTheApplicationStops,
    }

    public static TheoryData<Phase, Break> Breaks
    {
        get
        {
            TheoryData<Phase, Break> breaks = [];
            foreach (Phase phase in Enum.GetValues<Phase>())
            {
                breaks.Add(phase, Break.Reset);
                breaks.Add(phase, Break.Close);
            }

            return breaks;
        }
    }

    // R29: without a goodbye
    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task Client_WhenItsConnectionBreaks_EndsTheStreamQuietly(Phase phase, Break how)
    {
        await using TestApp test = await StartAsync();
        using BreakableConnections connections = new();
        using Client client = await Client.ConnectAsync(test, connections.Handler);
        Task stopped = Task.CompletedTask;
        switch (phase)
        {
            case Phase.BetweenEvents:
                test.App.Services.GetRequiredService<ChangedProducts>().Add(7);
                Assert.Equal("price: product-7 9.5", await client.ReadAsync());
                break;
            case Phase.WhileChildrenRun or Phase.WhileTheApplicationStops:
                test.App.Services.GetRequiredService<ChangedProducts>().Add(Prices.Hanging);
                await test.Trail.WaitForAsync("hangs").WithWatchdog();
                stopped = phase == Phase.WhileTheApplicationStops ? test.App.StopAsync() : stopped;
                break;
        }

        connections.Break(how);

        await test.EndOfAsync(Path);
        await test.FinishedAsync(Path);
        await stopped.WithWatchdog();
        test.AssertQuiet();
        Assert.DoesNotContain(
            test.App.Services.GetRequiredService<ProcessSnapshotBuilder>().Take().Groups, group => group.Kind != "background");
    }

    // R28
    [Fact]
    public async Task Child_WhenItFails_AbortsTheStream()
    {
        await using TestApp test = await StartAsync();
        using Client client = await Client.ConnectAsync(test);

        test.App.Services.GetRequiredService<ChangedProducts>().Add(Prices.Broken);

        await Assert.ThrowsAnyAsync<IOException>(client.ReadAsync);
        await test.FinishedAsync(Path);
        Assert.Contains(test.Log.Entries, each => each is { Level: LogLevel.Error, Exception: InvalidTimeZoneException });
    }

    // R33: a child that does not end with the soft signal is cut by the hard one
    [Fact]
    public async Task Stream_WhoseChildOutlastsTheGrace_IsAborted()
    {
        await using TestApp test = await StartAsync(
            builder => builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.Zero));
        using Client client = await Client.ConnectAsync(test);
        test.App.Services.GetRequiredService<ChangedProducts>().Add(Prices.Hanging);
        await test.Trail.WaitForAsync("hangs").WithWatchdog();

        Task stopped = test.App.StopAsync();

        await Assert.ThrowsAnyAsync<IOException>(client.ReadAsync);
        await stopped.WithWatchdog();
        test.AssertQuiet();
    }

    [Fact]
    public async Task LivePage_OfAStream_ShowsAConnection()
    {
        await using TestApp test = await StartAsync();
        using Client client = await Client.ConnectAsync(test);

        string text = await test.Client.GetStringAsync("/taskgroups/text").WithWatchdog();

        Assert.Contains("[connection] GET /prices", text, StringComparison.Ordinal);
    }

    private static Task<TestApp> StartAsync(Action<WebApplicationBuilder>? configure = null) => TestApp.StartAsync(
        (app, test) =>
        {
            app.MapGet(Path, PriceStream.Watch).DisableTaskGroup();
            app.MapTaskGroups().AllowAnonymous();
        },
        builder =>
        {
            builder.Logging.AddFilter(typeof(GuardedEndpointsCheck).FullName, LogLevel.None);
            builder.Services.AddSingleton<ChangedProducts>().AddSingleton<Prices>();
            configure?.Invoke(builder);
        });

    /// <summary>A client that is connected, on a connection of its own.</summary>
    private sealed class Client : IDisposable
    {
        private readonly HttpClient _http;
        private readonly HttpResponseMessage _answer;
        private readonly IAsyncEnumerator<SseItem<string>> _events;

        private Client(HttpClient http, HttpResponseMessage answer, Stream body)
        {
            _http = http;
            _answer = answer;
            _events = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();
        }

        public static async Task<Client> ConnectAsync(TestApp test, HttpMessageHandler? handler = null)
        {
            HttpClient http = new(handler ?? new SocketsHttpHandler(), disposeHandler: handler is null)
            {
                BaseAddress = test.Client.BaseAddress,
            };
            HttpResponseMessage answer = await http.GetAsync(Path, HttpCompletionOption.ResponseHeadersRead).WithWatchdog();
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
            return new Client(http, answer, await answer.Content.ReadAsStreamAsync());
        }

        /// <summary>The next event; null at the end of the stream.</summary>
        public async Task<string?> ReadAsync() => await _events.MoveNextAsync().AsTask().WithWatchdog()
            ? $"{_events.Current.EventType}: {_events.Current.Data}"
            : null;

        public void Dispose()
        {
            _answer.Dispose();
            _http.Dispose();
        }
    }
}
