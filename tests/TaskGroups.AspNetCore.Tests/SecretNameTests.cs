using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The text of a lambda names a child, and what its literals hold is nowhere to be seen (A14).</summary>
public sealed class SecretNameTests
{
    private const string Secret = "hunter2";
    private const string Shown = "ConnectAsync(…, ct)";

    private readonly Gate _connecting = new();
    private readonly Gate _gate = new();

    [Fact]
    public async Task Request_WhoseChildrenHaveNoNamesOfTheirOwn_ShowsNoLiteralAnywhere()
    {
        using RecordedSpans spans = new();
        var scopes = new RecordedScopes();
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                app.MapTaskGroups().AllowAnonymous();
                app.MapGet("/secrets/wait", (ITaskGroup tasks) => tasks.Run(ct => ConnectAsync("Host=db;Password=hunter2", ct)))
                    .WithTaskGroup();
                app.MapGet("/secrets/fail", (ITaskGroup tasks) =>
                    tasks.Run(ct => FailAsync($"Host=db;Password=hunter2;{ct.CanBeCanceled}"))).WithTaskGroup();
                app.MapGet("/secrets/optional", (ITaskGroup tasks) =>
                    tasks.RunOrDefault(ct => FailAsync(@"Host=db;Password=hunter2"), "none")).WithTaskGroup();
                app.MapGet("/secrets/limit", (ITaskGroup tasks) => tasks.Run(async ct =>
                {
                    await Task.Delay(Timeout.Infinite, ct);
                    return """Host=db;Password=hunter2""";
                })).WithTaskGroup(TimeSpan.FromMilliseconds(1));
            },
            builder =>
            {
                builder.Logging.AddProvider(scopes);
                builder.Services.Configure<TaskGroupsTelemetryOptions>(options => options.LogScopes = true);
            });
        using RecordedMetrics metrics = new(test.App.Services.GetRequiredService<IMeterFactory>());
        Task<HttpResponseMessage> waiting = test.Client.GetAsync("/secrets/wait");
        await _connecting.WaitAsync().WithWatchdog();
        var answers = new List<string>();
        foreach ((string path, HttpStatusCode status) in new[]
        {
            ("fail", HttpStatusCode.InternalServerError), ("optional", HttpStatusCode.OK), ("limit", HttpStatusCode.GatewayTimeout),
        })
        {
            using HttpResponseMessage response = await test.Client.GetAsync($"/secrets/{path}").WithWatchdog();
            Assert.Equal(status, response.StatusCode);
            answers.Add(await response.Content.ReadAsStringAsync());
            await test.FinishedAsync($"/secrets/{path}");
        }

        foreach (string address in new[] { "", "/snapshot", "/history", "/text" })
        {
            answers.Add(await test.Client.GetStringAsync("/taskgroups" + address));
        }

        string running = await test.Client.GetStringAsync("/taskgroups/snapshot");
        _gate.Open();
        (await waiting.WithWatchdog()).Dispose();
        await test.FinishedAsync("/secrets/wait");
        Activity[] ours = [.. spans.All.Where(each => each.OperationName is "child " + Shown or "child FailAsync(…)")];
        metrics.Ask();

        Assert.Contains("ConnectAsync(\\u2026, ct)", running, StringComparison.Ordinal);
        Assert.Equal(3, ours.Length);
        Assert.Contains(test.Log.Entries, each => Equals(each["Child"], "FailAsync(…)"));
        Assert.Contains($"TaskGroup:GET /secrets/wait Child:{Shown}", scopes.All);
        AssertNoSecret(answers);
        AssertNoSecret(test.Log.Entries.Select(each => $"{each} {each.Exception} {string.Join(' ', each.Properties.Values)}"));
        AssertNoSecret(spans.All.SelectMany(each => (string[])
            [each.OperationName, each.DisplayName, .. RecordedSpans.TagsOf(each), .. RecordedSpans.EventsOf(each)]));
        AssertNoSecret(metrics.All);
        AssertNoSecret(scopes.All);
    }

    private static void AssertNoSecret(IEnumerable<string> texts) =>
        Assert.All(texts, each => Assert.DoesNotContain(Secret, each, StringComparison.Ordinal));

    private async Task<string> ConnectAsync(string connection, CancellationToken cancellationToken)
    {
        _connecting.Open();
        await _gate.WaitAsync(cancellationToken);
        return $"{connection.Length}";
    }

    private static Task<string> FailAsync(string connection) =>
        Task.FromException<string>(new InvalidTimeZoneException($"{connection.Length} characters"));

    /// <summary>The texts of the scopes that were opened.</summary>
    private sealed class RecordedScopes : ILoggerProvider, ILogger, IDisposable
    {
        private readonly List<string> _all = [];

        public string[] All
        {
            get
            {
                lock (_all)
                {
                    return [.. _all];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lock (_all)
            {
                _all.Add(state.ToString()!);
            }

            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => false;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}
