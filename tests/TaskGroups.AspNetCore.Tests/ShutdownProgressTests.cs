using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What is said of the requests that the server waits for while the application stops (R33).</summary>
public sealed class ShutdownProgressTests
{
    private const int Progress = 16;
    private const int Aborted = 13;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(22);

    private readonly ManualClock _clock = new();
    private readonly ConcurrentDictionary<string, Gate> _gates = [];

    // With a group and without one, those that were there and those that come over an open connection
    [Fact]
    public async Task Stop_WhileRequestsHoldTheServer_NamesTheOldestEachSecond()
    {
        await using TestApp test = await StartAsync();
        Task<string> first = await BeginAsync(test, "/with-group/1");
        _clock.Advance(Second);
        Task<string> second = await BeginAsync(test, "/without-group");

        test.App.Lifetime.StopApplication();
        _clock.Advance(Second);
        LogEntry line = await LineAsync(test, 1);
        Assert.Equal((LogLevel.Information, 2), (line.Level, line["RequestCount"]));
        Assert.Equal("'GET /with-group/{id}' (2.0 s), 'GET /without-group' (1.0 s)", line["Oldest"]);

        Task<string> third = await BeginAsync(test, "/without-route");
        Gate("/with-group/1").Open();
        Assert.Equal("done", await first.WithWatchdog());
        await test.FinishedAsync("/with-group/1");
        _clock.Advance(Second);
        line = await LineAsync(test, 2);
        Assert.Equal(2, line["RequestCount"]);
        Assert.Equal("'GET /without-group' (2.0 s), 'GET /without-route' (1.0 s)", line["Oldest"]);

        Gate("/without-group").Open();
        Gate("/without-route").Open();
        await Task.WhenAll(second, third).WithWatchdog();
        await test.FinishedAsync("/without-group");
        await test.FinishedAsync("/without-route");
        _clock.Advance(Second);
        await test.App.StopAsync().WithWatchdog();
        Assert.Equal(2, test.Log.Entries.Count(IsProgress));
        test.AssertQuiet();
    }

    // Those of one endpoint are one name, and their number: else the oldest five may hide what else is there
    [Fact]
    public async Task Stop_WhileManyRequestsOfOneEndpointHoldTheServer_NamesItOnce()
    {
        await using TestApp test = await StartAsync();
        var requests = new List<Task<string>>();
        for (int id = 1; id <= 7; id++)
        {
            requests.Add(await BeginAsync(test, $"/with-group/{id}"));
            _clock.Advance(Second);
        }

        test.App.Lifetime.StopApplication();
        _clock.Advance(Second);
        LogEntry line = await LineAsync(test, 1);

        Assert.Equal(7, line["RequestCount"]);
        Assert.Equal("'GET /with-group/{id}' (8.0 s, 7 of them)", line["Oldest"]);
        for (int id = 1; id <= 7; id++)
        {
            Gate($"/with-group/{id}").Open();
        }

        await Task.WhenAll(requests).WithWatchdog();
    }

    // What ignores the end of its grace still holds the server, and is still named
    [Fact]
    public async Task Stop_WhenARequestOutlivesItsGrace_NamesItUntilItEnds()
    {
        await using TestApp test = await StartAsync();
        Task<string> deaf = await BeginAsync(test, "/deaf");

        test.App.Lifetime.StopApplication();
        _clock.Advance(Grace);
        await test.Log.WaitForAsync(IsProgress).WithWatchdog();
        _clock.Advance(Second);
        LogEntry line = await LineAsync(test, 23);

        Assert.Equal("'GET /deaf' (23.0 s)", line["Oldest"]);
        Gate("/deaf").Open();
        await Record.ExceptionAsync(() => deaf.WithWatchdog());
    }

    // The page's own streams wait for the others: they hold nothing, and end by themselves when the grace of the others does
    [Theory]
    [InlineData("/taskgroups/events", "\"draining\"")]
    [InlineData("/taskgroups/text?watch", "draining")]
    public async Task LivePage_WhenARequestOutlivesItsGrace_EndsInOrderAndIsNoRequestThatHolds(string stream, string lastWord)
    {
        await using TestApp test = await StartAsync(hasPage: true);
        Task<string> deaf = await BeginAsync(test, "/deaf");
        using HttpResponseMessage watched = await test.Client.GetAsync(stream, HttpCompletionOption.ResponseHeadersRead).WithWatchdog();
        using var reader = new StreamReader(await watched.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync().WithWatchdog();

        test.App.Lifetime.StopApplication();
        _clock.Advance(Second);
        LogEntry line = await LineAsync(test, 1);
        Assert.Equal((1, "'GET /deaf' (1.0 s)"), (line["RequestCount"], line["Oldest"]));
        string seen = "";
        while (!seen.Contains(lastWord, StringComparison.Ordinal))
        {
            seen = (await reader.ReadLineAsync().WithWatchdog())!;
        }

        _clock.Advance(Grace - Second);
        await reader.ReadToEndAsync().WithWatchdog(); // throws if the connection is aborted

        Assert.DoesNotContain(test.Log.Entries, each => each.EventId.Id == Aborted && IsOfPackage(each));
        Gate("/deaf").Open();
        await Record.ExceptionAsync(() => deaf.WithWatchdog());
    }

    private Task<TestApp> StartAsync(bool hasPage = false) => TestApp.StartAsync(
        (app, test) =>
        {
            app.Use((context, next) => context.Request.Path == "/without-route" ? AnswerAsync(context) : next(context));
            if (hasPage)
            {
                app.MapTaskGroups().AllowAnonymous();
            }

            app.MapGet("/with-group/{id}", (HttpContext context, ITaskGroup tasks) => tasks.Run(_ => AnswerAsync(context)));
            app.MapGet("/without-group", AnswerAsync);
            app.MapGet("/deaf", (HttpContext context, ITaskGroup tasks) => tasks.Run(_ => AnswerAsync(context)));

            async Task AnswerAsync(HttpContext context)
            {
                test.Trail.Add(context.Request.Path);
                await Gate(context.Request.Path).WaitAsync(CancellationToken.None);
                await context.Response.WriteAsync("done");
            }
        },
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(_clock);
            builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = Grace);
        });

    private Gate Gate(string path) => _gates.GetOrAdd(path, _ => new Gate());

    private static bool IsOfPackage(LogEntry line) => line.Category.StartsWith("TaskGroups.AspNetCore.", StringComparison.Ordinal);

    private static bool IsProgress(LogEntry line) => line.EventId.Id == Progress && IsOfPackage(line);

    private static Task<LogEntry> LineAsync(TestApp test, double seconds) =>
        test.Log.WaitForAsync(each => IsProgress(each) && Equals(each["ElapsedSeconds"], seconds)).WithWatchdog();

    private static async Task<Task<string>> BeginAsync(TestApp test, string path)
    {
        Task<string> request = test.Client.GetStringAsync(path);
        await test.Trail.WaitForAsync(path).WithWatchdog();
        return request;
    }
}
