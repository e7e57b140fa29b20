using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Deadlines;

/// <summary>Two services on real Kestrel: the limit of the first ends the work of the second.</summary>
public sealed class DeadlineChainTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Limit_OfTheCaller_EndsTheChildrenOfTheCallee()
    {
        // Each has a clock of its own, as two machines have; only that of the callee moves.
        ManualClock clockOfCallee = new();
        await using TestApp callee = await StartCalleeAsync(clockOfCallee);
        await using TestApp caller = await StartCallerAsync(callee, new ManualClock());
        Task<string> answer = caller.Client.GetStringAsync("/once");
        await callee.Trail.WaitForAsync("started").WithWatchdog();

        clockOfCallee.Advance(TimeSpan.FromMilliseconds(260)); // both keep a margin of 20 ms

        Assert.Equal("GatewayTimeout", await answer.WithWatchdog());
        Assert.Equal(["started", "260 ms, TimedOut"], callee.Trail.Steps);
        Assert.Contains("its caller's deadline", callee.AssertLoggedOnce(LogLevel.Warning).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_OfTheCaller_IsOneForAllAttemptsOfARetry()
    {
        ManualClock clockOfCaller = new();
        ManualClock clockOfCallee = new();
        await using TestApp callee = await StartCalleeAsync(clockOfCallee);
        await using TestApp caller = await StartCallerAsync(callee, clockOfCaller);
        Task<HttpResponseMessage> answer = caller.Client.GetAsync("/retried");

        // The callee uses its time up, and as much passes for the caller: nothing is left for a second attempt.
        await callee.Trail.WaitForAsync("started").WithWatchdog();
        clockOfCaller.Advance(TimeSpan.FromMilliseconds(280));
        clockOfCallee.Advance(TimeSpan.FromMilliseconds(280));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer.WithWatchdog()).StatusCode);
        Assert.Equal(["started", "260 ms, TimedOut"], callee.Trail.Steps);
        Assert.Contains("was not called", caller.AssertLoggedOnce(LogLevel.Warning).Message, StringComparison.Ordinal);
    }

    private static Task<TestApp> StartCalleeAsync(ManualClock clock) => TestApp.StartAsync(
        (app, test) => app.MapGet("/work", async (ITaskGroup tasks) =>
        {
            string left = $"{tasks.RemainingTime!.Value.TotalMilliseconds:0} ms";
            await tasks.Run(
                async ct =>
                {
                    test.Trail.Add("started");
                    await Task.Delay(Timeout.Infinite, ct).ContinueWith(
                        _ => test.Trail.Add($"{left}, {tasks.CancellationReason}"), TaskScheduler.Default);
                    ct.ThrowIfCancellationRequested();
                },
                "slow");
        }).WithTaskGroup(TimeSpan.FromMinutes(1)),
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddRequestTaskGroups(options => IncomingDeadlineTests.Trust(options.IncomingDeadline));
        });

    private static Task<TestApp> StartCallerAsync(TestApp callee, ManualClock clock) => TestApp.StartAsync(
        (app, test) =>
        {
            ResiliencePipeline<HttpStatusCode> retry = new ResiliencePipelineBuilder<HttpStatusCode>()
                .AddRetry(new RetryStrategyOptions<HttpStatusCode>
                {
                    ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome is { Result: HttpStatusCode.GatewayTimeout }),
                    MaxRetryAttempts = 5,
                    Delay = TimeSpan.Zero,
                })
                .Build();
            app.MapGet("/once", async (ITaskGroup tasks, IHttpClientFactory clients) =>
                $"{await tasks.Run(ct => CallAsync(clients, ct))}").WithTaskGroup(Limit);
            app.MapGet("/retried", async (ITaskGroup tasks, IHttpClientFactory clients) =>
                $"{await tasks.Run(ct => retry.ExecuteAsync(async token => await CallAsync(clients, token), ct).AsTask())}")
                .WithTaskGroup(Limit);
        },
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddHttpClient("callee", http => http.BaseAddress = callee.Client.BaseAddress)
                .UseSocketsHttpHandler(static (handler, _) => handler.AllowAutoRedirect = false)
                .AddTaskGroupDeadline();
        });

    private static async Task<HttpStatusCode> CallAsync(IHttpClientFactory clients, CancellationToken cancellationToken)
    {
        using HttpClient client = clients.CreateClient("callee");
        using HttpResponseMessage answer = await client.GetAsync("/work", cancellationToken);
        return answer.StatusCode;
    }
}
