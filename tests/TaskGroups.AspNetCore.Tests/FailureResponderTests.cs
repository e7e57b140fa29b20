using System.Net;
using Microsoft.Extensions.Logging;
using TaskGroups.AspNetCore.Tests.Pages;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Requests that end early for a reason that is not the application's failure.</summary>
public sealed class FailureResponderTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // R29
    [Theory]
    [InlineData("/filtered")]
    [InlineData("/forgotten")]
    public async Task Timeout_WhenItRunsOut_AnswersWith504AndWarnsOnce(string path)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);

        await AssertTimesOutAsync(test, clock, path);

        LogEntry warning = test.AssertLoggedOnce(LogLevel.Warning);
        Assert.Contains($"GET {path}", warning.Message, StringComparison.Ordinal);
        Assert.Contains("prices", warning.Message, StringComparison.Ordinal);
        Assert.Null((await test.EndOfAsync(path)).Exception);
    }

    // R29: what the handler had prepared does not hold for the answer.
    [Fact]
    public async Task Timeout_WhenItRunsOut_ClearsWhatTheHandlerHadPrepared()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        Task<HttpResponseMessage> request = test.Client.GetAsync("/prepared");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);
        using HttpResponseMessage response = await request.WithWatchdog();

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.False(response.Headers.Contains("ETag"));
        Assert.Equal(
            "no-cache, no-store",
            response.Headers.CacheControl!.ToString().Replace("no-store, no-cache", "no-cache, no-store", StringComparison.Ordinal));
    }

    // R29: without the service, or for a client that does not want JSON, the status only.
    [Theory]
    [InlineData(false, "application/json")]
    [InlineData(true, "text/plain")]
    public async Task Timeout_WithoutProblemDetails_AnswersWithTheStatusOnly(bool hasProblemDetails, string accept)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock, builder =>
        {
            if (!hasProblemDetails)
            {
                builder.Services.Remove(builder.Services.Single(each => each.ServiceType == typeof(IProblemDetailsService)));
            }
        },
        app => app.UseRequestTaskGroups());
        test.Client.DefaultRequestHeaders.Add("Accept", accept);
        Task<HttpResponseMessage> request = test.Client.GetAsync("/filtered");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);
        using HttpResponseMessage response = await request.WithWatchdog();

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    // R28, R29: too late for an answer.
    [Fact]
    public async Task Timeout_AfterTheResponseStarted_AbortsTheConnection()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        Task<string> request = test.Client.GetStringAsync("/started");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);

        await Assert.ThrowsAsync<HttpRequestException>(() => request).WithWatchdog();
        await test.FinishedAsync("/started");
        Assert.IsType<TimeoutException>(test.AssertLoggedOnce(LogLevel.Error).Exception);
    }

    // R17
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WithTaskGroup_WithATimeoutOfZero_AnswersWith504WithoutInvokingTheHandler(bool isManual)
    {
        await using TestApp test = await StartAsync(isManual ? new ManualClock() : TimeProvider.System);

        await JoinTests.AssertProblemAsync(test, "/zero", HttpStatusCode.GatewayTimeout);

        Assert.Empty(test.Trail.Steps);
        test.AssertLoggedOnce(LogLevel.Warning);
    }

    // R17: whatever the endpoint is, and whether it takes the group or not
    [Theory]
    [InlineData("/minimal")]
    [InlineData("/fan/forget")]
    [InlineData("/fan-page/forget")]
    public async Task DefaultPolicy_WithATimeoutOfZero_AnswersWith504WithoutInvokingTheHandler(string path)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, test) =>
            {
                app.MapGet("/minimal", () => test.Trail.Add("handler")).WithTaskGroup();
                app.MapControllers();
                app.MapRazorPages();
            },
            builder =>
            {
                builder.Services
                    .AddRequestTaskGroups(options => options.DefaultPolicy = new RequestTaskGroupPolicy { Timeout = TimeSpan.Zero });
                builder.Services.AddControllers().AddApplicationPart(typeof(FanController).Assembly);
                builder.Services.AddRazorPages().AddApplicationPart(typeof(FanModel).Assembly);
            });

        await JoinTests.AssertProblemAsync(test, path, HttpStatusCode.GatewayTimeout);

        Assert.Empty(test.Trail.Steps);
        test.AssertLoggedOnce(LogLevel.Warning);
    }

    // R27: the last limit counts, and what it leaves open comes from the default policy.
    [Fact]
    public async Task WithTaskGroup_WhenSeveralLimitsAreSet_TheLastCounts()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        Task<HttpResponseMessage> unlimited = test.Client.GetAsync("/group/unlimited");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromHours(1));
        test.App.Services.GetRequiredService<Gate>().Open();

        using HttpResponseMessage response = await unlimited.WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // R27, R30, R40: several policies are one: each limit is the last that is set, wherever it is set
    [Theory]
    [InlineData("/several/inner")]
    [InlineData("/several/outer")]
    public async Task Policies_WhenAnEndpointHasSeveral_AreJoinedLimitByLimit(string path)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);

        await AssertTimesOutAsync(test, clock, path);

        Assert.Equal(["started", "1 run, 1 wait"], test.Trail.Steps);
    }

    // R29: the default policy's limit holds where the endpoint says nothing.
    [Fact]
    public async Task DefaultPolicy_WithATimeout_LimitsEveryRequest()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(
            clock, builder => builder.Services
                .AddRequestTaskGroups(options => options.DefaultPolicy = new RequestTaskGroupPolicy { Timeout = Limit }));

        await AssertTimesOutAsync(test, clock, "/unlimited");
    }

    // R29, R40
    [Fact]
    public async Task FullGroup_AnswersWith503AndWarnsOnce()
    {
        await using TestApp test = await StartAsync(new ManualClock(), builder => builder.Services.AddRequestTaskGroups(
            options => options.DefaultPolicy = new RequestTaskGroupPolicy { MaxConcurrency = 1, MaxWaiting = 0 }));

        await JoinTests.AssertProblemAsync(test, "/full", HttpStatusCode.ServiceUnavailable);

        test.AssertLoggedOnce(LogLevel.Warning);
    }

    // R11, R28: a TimeoutException that is not the group's is a failure of the app.
    [Fact]
    public async Task TimeoutException_OfAChild_GoesToExceptionHandling()
    {
        await using TestApp test = await StartAsync(new ManualClock());

        await JoinTests.AssertProblemAsync(test, "/own-timeout", HttpStatusCode.InternalServerError);
    }

    private static async Task AssertTimesOutAsync(TestApp test, ManualClock clock, string path)
    {
        Task answer = JoinTests.AssertProblemAsync(test, path, HttpStatusCode.GatewayTimeout);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);
        await answer.WithWatchdog();
    }

    private static Task<TestApp> StartAsync(
        TimeProvider clock, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? pipeline = null) => TestApp.StartAsync(
        (app, test) =>
        {
            Gate gate = app.Services.GetRequiredService<Gate>();
            app.MapGet("/filtered", Prices).WithTaskGroup(Limit);
            app.MapGet("/forgotten", (ITaskGroup tasks) =>
            {
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "prices");
                test.Trail.Add("started");
                return Task.CompletedTask;
            }).WithMetadata(new RequestTaskGroupPolicy { Timeout = Limit });
            app.MapGet("/prepared", (HttpContext context, ITaskGroup tasks) =>
            {
                context.Response.Headers.ETag = "\"1\"";
                context.Response.Headers.CacheControl = "max-age=60";
                return Prices(tasks);
            }).WithTaskGroup(Limit);
            app.MapGet("/started", async (HttpContext context, ITaskGroup tasks) =>
            {
                await context.Response.WriteAsync("part");
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "prices");
                test.Trail.Add("started");
            }).WithMetadata(new RequestTaskGroupPolicy { Timeout = Limit });
            app.MapGet("/zero", () => test.Trail.Add("handler")).WithTaskGroup(TimeSpan.Zero);
            app.MapGroup("/group").WithTaskGroup(Limit).MapGet("/unlimited", Gated).WithTaskGroup(Timeout.InfiniteTimeSpan);
            var narrow = new RequestTaskGroupPolicy { MaxConcurrency = 1 };
            app.MapGroup("/several").WithMetadata(narrow).MapGet("/inner", Crowd).WithTaskGroup(Limit);
            app.MapGroup("/several").WithTaskGroup(Limit).MapGet("/outer", Crowd).WithMetadata(narrow);
            app.MapGet("/unlimited", Gated).WithTaskGroup();
            app.MapGet("/full", async (ITaskGroup tasks) =>
            {
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "first");
                await tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "second");
            }).WithTaskGroup();
            app.MapGet(
                "/own-timeout",
                async (ITaskGroup tasks) => await tasks.Run(_ => Task.FromException(new TimeoutException("of the database"))));

            async Task Prices(ITaskGroup tasks)
            {
                Task prices = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "prices");
                test.Trail.Add("started");
                await prices;
            }

            async Task Crowd(ITaskGroup tasks)
            {
                Task prices = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "prices");
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "stock");
                TaskGroupSnapshotEntry counts = tasks.GetSnapshot().Entries[0];
                test.Trail.Add("started");
                test.Trail.Add($"{counts.RunningCount} run, {counts.WaitingCount} wait");
                await prices;
            }

            async Task Gated(ITaskGroup tasks)
            {
                Task gated = tasks.Run(ct => gate.WaitAsync(ct));
                test.Trail.Add("started");
                await gated;
            }
        },
        builder =>
        {
            builder.Services.AddSingleton(clock).AddSingleton(_ => new Gate());
            configure?.Invoke(builder);
        },
        pipeline);
}
