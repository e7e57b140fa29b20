using System.Net;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

// The live page for a terminal.
public sealed class LivePageTextTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero);

    private readonly Gate _gate = new();
    private readonly Gate _started = new();
    private readonly ManualClock _clock = new();

    public LivePageTextTests() => _clock.SetUtcNow(Start);

    [Fact]
    public async Task Text_PrintsTheTreeWithAgesReasonsAndWhatWaits()
    {
        await using TestApp test = await StartAsync();
        Task<HttpResponseMessage> request = test.Client.GetAsync("/tree");
        await _started.WaitAsync().WithWatchdog();
        _clock.Advance(TimeSpan.FromMilliseconds(1_500));

        string text = await test.Client.GetStringAsync("/taskgroups/text");

        Assert.Equal(
            """
            TaskGroups.AspNetCore.Tests  running  2026-03-01T09:30:01.500Z  4 groups, 3 children running, 1 waiting
            ├─ [request] GET /tree  1.5 s  28.5 s left
            │  ├─ the price  1.5 s
            │  ├─ [group] canceled one  1.5 s  ending  canceled: requested, 1.5 s ago  28.5 s left
            │  │  └─ the deaf one  1.5 s  ending
            │  └─ [group] narrow one  1.5 s  28.5 s left  1 running, 1 waiting
            │     ├─ the first  1.5 s
            │     └─ the second  1.5 s  waiting
            └─ [background] background  1.5 s

            """.ReplaceLineEndings(),
            text);
        _gate.Open();
        (await request.WithWatchdog()).Dispose();
    }

    // As the page does: the oldest first, be it a child or a group, and what lives as long as the application last
    [Fact]
    public async Task Text_OrdersByStart()
    {
        await using TestApp test = await StartAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Task<HttpResponseMessage> request = test.Client.GetAsync("/order");
        await _started.WaitAsync().WithWatchdog();

        string text = await test.Client.GetStringAsync("/taskgroups/text");

        Assert.Equal(
            """
            ├─ [request] GET /order  3.0 s  30.0 s left
            │  ├─ [group] the first  3.0 s  30.0 s left
            │  │  └─ the innermost  3.0 s
            │  ├─ the second  2.0 s
            │  ├─ [group] the third  1.0 s  30.0 s left
            │  │  └─ the innermost  1.0 s
            │  └─ the fourth  0 ms
            └─ [background] background  4.0 s

            """.ReplaceLineEndings(),
            text[(text.IndexOf(Environment.NewLine, StringComparison.Ordinal) + Environment.NewLine.Length)..]);
        _gate.Open();
        (await request.WithWatchdog()).Dispose();
    }

    [Fact]
    public async Task TextWatch_SendsEachTreeWithAnEmptyLineAfterIt()
    {
        await using TestApp test = await StartAsync();
        using var reader = new StreamReader(await test.Client.GetStreamAsync("/taskgroups/text?watch").WithWatchdog());

        int timers = 1; // the stream begins with one
        foreach (string second in new[] { "00.000", "00.500", "01.000" })
        {
            Assert.Equal(
                $"TaskGroups.AspNetCore.Tests  running  2026-03-01T09:30:{second}Z  1 group, 0 children running, 0 waiting",
                await reader.ReadLineAsync().WithWatchdog());
            Assert.StartsWith("└─ [background] background", await reader.ReadLineAsync().WithWatchdog(), StringComparison.Ordinal);
            Assert.Equal("", await reader.ReadLineAsync().WithWatchdog());
            await _clock.WaitForTimersAsync(TimeSpan.FromMilliseconds(500), ++timers).WithWatchdog();
            _clock.Advance(TimeSpan.FromMilliseconds(500));
        }
    }

    // A snapshot that is half an interval old when a viewer comes is followed by the next one half an interval later.
    [Fact]
    public async Task TextWatch_OfALateViewer_SendsNoTreeTwice()
    {
        await using TestApp test = await StartAsync();
        await test.Client.GetStringAsync("/taskgroups/text");
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        using var reader = new StreamReader(await test.Client.GetStreamAsync("/taskgroups/text?watch").WithWatchdog());

        await AssertNextAsync("00.000");
        await _clock.WaitForTimerAsync(TimeSpan.FromMilliseconds(250)).WithWatchdog();
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        await AssertNextAsync("00.500");
        await _clock.WaitForTimersAsync(TimeSpan.FromMilliseconds(500), 2).WithWatchdog(); // the stream began with one
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        await AssertNextAsync("01.000");

        async Task AssertNextAsync(string second)
        {
            Assert.Contains($"09:30:{second}Z", await reader.ReadLineAsync().WithWatchdog(), StringComparison.Ordinal);
            await reader.ReadLineAsync().WithWatchdog();
            await reader.ReadLineAsync().WithWatchdog();
        }
    }

    [Fact]
    public async Task ViewerWhoLeaves_MakesRoomForTheNext()
    {
        await using TestApp test = await StartAsync(options => options.MaxViewers = 1);
        HttpResponseMessage first = await test.Client.GetAsync("/taskgroups/text?watch", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await test.Client.GetAsync("/taskgroups/events")).StatusCode);

        first.Dispose();
        await test.FinishedAsync("/taskgroups/text");

        using HttpResponseMessage next = await test.Client.GetAsync("/taskgroups/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    private Task<TestApp> StartAsync(Action<TaskGroupsPageOptions>? page = null) => TestApp.StartAsync(
        (app, _) =>
        {
            app.MapTaskGroups().AllowAnonymous();
            app.MapGet("/tree", (ITaskGroup tasks) =>
            {
                tasks.Run(ct => _gate.WaitAsync(ct), "the price");
                tasks.RunGroupAsync(
                    inner =>
                    {
                        inner.Run(_ => _gate.WaitAsync(CancellationToken.None), "the deaf one");
                        inner.Cancel();
                        return Task.CompletedTask;
                    },
                    new TaskGroupOptions { Name = "canceled one" });
                tasks.RunGroupAsync(
                    inner =>
                    {
                        inner.Run(ct => _gate.WaitAsync(ct), "the first");
                        inner.Run(ct => _gate.WaitAsync(ct), "the second");
                        return Task.CompletedTask;
                    },
                    new TaskGroupOptions { Name = "narrow one", MaxConcurrency = 1 });
                _started.Open();
            }).WithTaskGroup(TimeSpan.FromSeconds(30));
            app.MapGet("/order", (ITaskGroup tasks) =>
            {
                OpenGroup("the first");
                _clock.Advance(TimeSpan.FromSeconds(1));
                tasks.Run(ct => _gate.WaitAsync(ct), "the second");
                _clock.Advance(TimeSpan.FromSeconds(1));
                OpenGroup("the third");
                _clock.Advance(TimeSpan.FromSeconds(1));
                tasks.Run(ct => _gate.WaitAsync(ct), "the fourth");
                _started.Open();

                void OpenGroup(string name) => tasks.RunGroupAsync(
                    inner => inner.Run(ct => _gate.WaitAsync(ct), "the innermost"), new TaskGroupOptions { Name = name });
            }).WithTaskGroup(TimeSpan.FromSeconds(33));
        },
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(_clock);
            builder.Services.Configure(page ?? (_ => { }));
        });
}
