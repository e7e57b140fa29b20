using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Deadlines;

/// <summary>What an HTTP client tells the services that it calls, and when it calls none.</summary>
public sealed class OutgoingDeadlineTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    public static TheoryData<string, string> Places => new()
    {
        { "/body", "1480" },
        { "/child", "1480" },
        { "/waiting-child", "1480" },
        { "/scoped-child", "1480" },
        { "/all", "1480" },
        { "/nested-body", "280" },
        { "/nested-child", "280" },
        { "/nested-longer", "1480" },
        { "/outer-child-of-nested", "1480" },
        { "/factory", "280" },
        { "/factory-unlimited", "1480" },
        { "/request-child-of-factory", "1480" },
        { "/background-child", "-" },
        { "/background-nested", "280" },
        { "/background-nested-child", "280" },
        { "/unlimited", "-" },
        { "/outlived", "-" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Call_WhereverItIsMade_CarriesWhatTheGroupHasLeftLessTheMargin(string path, string deadline)
    {
        await using Upstream upstream = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(upstream, new ManualClock());

        Assert.Equal(deadline, await test.Client.GetStringAsync(path).WithWatchdog());
        test.AssertQuiet();
    }

    [Fact]
    public async Task Retry_WhenAttemptsFail_WritesWhatIsLeftIntoEach()
    {
        ManualClock clock = new();
        await using Upstream upstream = await Upstream.StartAsync(call =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(400));
            return call < 3 ? 503 : 200;
        });

        // Registered after the deadline: the handler of the deadline is the innermost all the same.
        await using TestApp test = await StartAsync(
            upstream, clock, client => client.AddHttpMessageHandler(static () => new RetryHandler()));

        Assert.Equal("680", await test.Client.GetStringAsync("/child").WithWatchdog());
        Assert.Equal(["1480", "1080", "680"], upstream.Received);
    }

    // R29
    [Theory]
    [InlineData("/child")]
    [InlineData("/body")]
    public async Task Retry_WhenItUsesTheTimeUp_MakesNoFurtherCallAndIsAnsweredWith504(string path)
    {
        ManualClock clock = new();
        await using Upstream upstream = await Upstream.StartAsync(_ =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(745)); // twice: 10 ms are left, less than the margin
            return 503;
        });
        await using TestApp test = await StartAsync(
            upstream, clock, client => client.AddHttpMessageHandler(static () => new RetryHandler()));

        await JoinTests.AssertProblemAsync(test, path, HttpStatusCode.GatewayTimeout).WithWatchdog();

        Assert.Equal(["1480", "735"], upstream.Received);
        Assert.Contains(
            $"GET http://{upstream.Host} was not called: the timeout of 'GET {path}' leaves 10 ms",
            test.AssertLoggedOnce(LogLevel.Warning).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WhenANestedGroupHasNothingLeft_TimesThatGroupOut()
    {
        await using Upstream upstream = await Upstream.StartAsync();
        ManualClock clock = new();
        await using TestApp test = await StartAsync(upstream, clock);

        Assert.Equal("TimedOut None", await test.Client.GetStringAsync("/nested-late").WithWatchdog());

        Assert.Empty(upstream.Received);
    }

    [Fact]
    public async Task Call_OverAHandlerThatFollowsRedirects_CarriesNothingAndAWarningSaysWhatToWrite()
    {
        await using Upstream upstream = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(
            upstream, new ManualClock(), client => client.UseSocketsHttpHandler(static (handler, _) => handler.AllowAutoRedirect = true));

        Assert.Equal("-", await test.Client.GetStringAsync("/child").WithWatchdog());

        string message = test.AssertLoggedOnce(LogLevel.Warning).Message;
        Assert.Contains("'upstream' sends no deadline", message, StringComparison.Ordinal);
        Assert.Contains("AllowAutoRedirect = false", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WithAllowRedirects_CarriesItOverAnyHandler()
    {
        await using Upstream upstream = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(
            upstream,
            new ManualClock(),
            client => client.UseSocketsHttpHandler(static (handler, _) => handler.AllowAutoRedirect = true)
                .AddTaskGroupDeadline(deadline => deadline.AllowRedirects = true));

        Assert.Equal("1480", await test.Client.GetStringAsync("/child").WithWatchdog());
    }

    [Theory]
    [InlineData("127.0.0.1", "1480")]
    [InlineData("127.0.0.1:{port}", "1480")]
    [InlineData("127.0.0.1:1", "-")]
    [InlineData("prices.internal", "-")]
    public async Task Call_WhenHostsAreListed_CarriesItToTheseAlone(string host, string deadline)
    {
        await using Upstream upstream = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(
            upstream,
            new ManualClock(),
            client => client.AddTaskGroupDeadline(
                options => options.Hosts.Add(host.Replace("{port}", $"{upstream.Address.Port}", StringComparison.Ordinal))));

        Assert.Equal(deadline, await test.Client.GetStringAsync("/child").WithWatchdog());
    }

    [Fact]
    public async Task Call_ThatIsSentOnToAnotherHost_LosesTheDeadline()
    {
        await using Upstream upstream = await Upstream.StartAsync(call => call == 1 ? 302 : 200);
        await using Upstream other = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(
            upstream, new ManualClock(), client => client.AddHttpMessageHandler(() => new SendOnHandler(other.Address)));

        Assert.Equal("-", await test.Client.GetStringAsync("/child").WithWatchdog());
        Assert.Equal(["1480"], upstream.Received);
    }

    [Fact]
    public async Task Client_WithoutAKnownHost_FailsWhenItIsMadeAndSaysWhatToWrite()
    {
        await using TestApp test = TestApp.Build(
            (_, _) => { }, builder => builder.Services.AddHttpClient("prices").AddTaskGroupDeadline());

        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(
            () => test.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient("prices"));

        Assert.Contains("'prices'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(".ConfigureHttpClient(http => http.BaseAddress = new Uri(", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("deadline.Hosts.Add(\"prices.internal\")", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_WhoseAddressIsSetAfterTheDeadline_IsKnown()
    {
        await using TestApp test = TestApp.Build(
            (_, _) => { },
            builder => builder.Services.AddHttpClient("prices").AddTaskGroupDeadline()
                .ConfigureHttpClient(http => http.BaseAddress = new Uri("http://prices.internal/")));

        using HttpClient client = test.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient("prices");

        Assert.Equal("prices.internal", client.BaseAddress?.Host);
    }

    [Fact]
    public async Task Defaults_WhenTheyHaveTheDeadline_GiveItToEachClientOnce()
    {
        await using Upstream upstream = await Upstream.StartAsync();
        await using TestApp test = await StartAsync(
            upstream, new ManualClock(), client => client.Services.ConfigureHttpClientDefaults(all => all.AddTaskGroupDeadline()));

        Assert.Equal("1480", await test.Client.GetStringAsync("/child").WithWatchdog());
    }

    public static TheoryData<Action<OutgoingDeadlineOptions>, string> BadOptions => new()
    {
        { options => options.HeaderName = "", "HeaderName is ''" },
        { options => options.HeaderName = "X Timeout", "HeaderName is 'X Timeout'" },
        { options => options.HeaderName = "X-Täglich", "HeaderName is 'X-Täglich'" },
        { options => options.Margin = TimeSpan.FromMilliseconds(-1), "Margin is -00:00:00.0010000" },
        { options => options.Margin = TimeSpan.FromMinutes(2), "Margin is 00:02:00" },
        { options => options.Hosts.Add(""), "Hosts has ''" },
        { options => options.Hosts.Add("http://prices"), "Hosts has 'http://prices'" },
        { options => options.Hosts.Add("prices/path"), "Hosts has 'prices/path'" },
        { options => options.Hosts.Add("*.internal"), "Hosts has '*.internal'" },
        { options => options.Hosts = null!, "Hosts is null" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public async Task Start_WhenOptionsCannotBe_FailsWithTheirName(Action<OutgoingDeadlineOptions> configure, string expected)
    {
        await using TestApp test = TestApp.Build(
            (_, _) => { },
            builder => builder.Services.AddHttpClient("prices", http => http.BaseAddress = new Uri("http://prices.internal/"))
                .AddTaskGroupDeadline(configure));

        OptionsValidationException thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => test.App.StartAsync());

        Assert.Contains($"HTTP client 'prices': OutgoingDeadlineOptions.{expected}", thrown.Message, StringComparison.Ordinal);
    }

    // Each request has a limit of 2 s, of which half a second is over when the call is made.
    private static Task<TestApp> StartAsync(Upstream upstream, ManualClock clock, Action<IHttpClientBuilder>? configure = null) =>
        TestApp.StartAsync(
            (app, test) =>
            {
                app.Use((context, next) =>
                {
                    clock.Advance(TimeSpan.FromMilliseconds(500));
                    return next(context);
                });
                MapAll(app, clock);
            },
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                IHttpClientBuilder client = builder.Services.AddUpstreamClient(upstream);
                configure?.Invoke(client);
            });

    private static void MapAll(WebApplication app, ManualClock clock)
    {
        TimeSpan limit = TimeSpan.FromSeconds(2);
        TaskGroupOptions shorter = new() { Timeout = Short };
        void Map(string path, Func<HttpContext, ITaskGroup, Task<string>> call) =>
            app.MapGet(path, (HttpContext context, ITaskGroup tasks) => call(context, tasks)).WithTaskGroup(limit);

        Map("/body", (context, tasks) => context.CallAsync(default));
        Map("/child", (context, tasks) => tasks.Run(ct => context.CallAsync(ct)));
        app.MapGet("/waiting-child", async (HttpContext context, ITaskGroup tasks) =>
        {
            Gate gate = new();
            Task first = tasks.Run(ct => gate.WaitAsync(ct));
            Task<string> second = tasks.Run(ct => context.CallAsync(ct));
            gate.Open();
            await first;
            return await second;
        }).WithTaskGroup(new RequestTaskGroupPolicy { Timeout = limit, MaxConcurrency = 1 });
        Map("/scoped-child", (context, tasks) =>
            tasks.RunScoped((IHttpClientFactory clients, CancellationToken ct) => clients.CallAsync(ct)));
        Map("/all", async (context, tasks) =>
            (await tasks.AllAsync(ct => context.CallAsync(ct), ct => Task.FromResult(0))).Item1);
        Map("/nested-body", (context, tasks) => tasks.RunGroupAsync(_ => context.CallAsync(default), shorter));
        Map("/nested-child", (context, tasks) => tasks.RunGroupAsync(group => group.Run(ct => context.CallAsync(ct)), shorter));
        Map("/nested-longer", (context, tasks) => tasks.RunGroupAsync(
            group => group.Run(ct => context.CallAsync(ct)), new TaskGroupOptions { Timeout = TimeSpan.FromMinutes(1) }));
        Map("/outer-child-of-nested", (context, tasks) => tasks.RunGroupAsync(_ => tasks.Run(ct => context.CallAsync(ct)), shorter));
        Map("/factory", (context, tasks) => context.RequestServices.GetRequiredService<ITaskGroupFactory>()
            .RunAsync(_ => context.CallAsync(default), shorter));
        Map("/factory-unlimited", (context, tasks) => tasks.Run(token => context.RequestServices.GetRequiredService<ITaskGroupFactory>()
            .RunAsync(group => group.Run(ct => context.CallAsync(ct)), cancellationToken: token)));
        Map("/request-child-of-factory", (context, tasks) => context.RequestServices.GetRequiredService<ITaskGroupFactory>()
            .RunAsync(_ => tasks.Run(ct => context.CallAsync(ct)), shorter));
        Map("/nested-late", async (context, tasks) =>
        {
            ITaskGroup? nested = null;
            await Assert.ThrowsAsync<TimeoutException>(() => tasks.RunGroupAsync(
                group =>
                {
                    nested = group;
                    clock.Advance(Short - TimeSpan.FromMilliseconds(10));
                    return group.Run(ct => context.CallAsync(ct));
                },
                shorter));
            return $"{nested!.CancellationReason} {tasks.CancellationReason}";
        });
        MapBackground(app, shorter);
        app.MapGet("/unlimited", (HttpContext context, ITaskGroup tasks) => tasks.Run(ct => context.CallAsync(ct)));
        Map("/outlived", async (context, tasks) =>
        {
            IHttpClientFactory clients = context.RequestServices.GetRequiredService<IHttpClientFactory>();
            Gate gate = new();
            Task<string>? loop = null;
            await tasks.RunGroupAsync(
                _ =>
                {
                    loop = Task.Run(async () =>
                    {
                        await gate.WaitAsync();
                        return await clients.CallAsync(default);
                    });
                    return Task.CompletedTask;
                },
                shorter);
            clock.Advance(Short);
            gate.Open();
            return await loop!;
        });
    }

    private static void MapBackground(WebApplication app, TaskGroupOptions shorter)
    {
        void Map(string path, Func<IBackgroundTaskGroup, IHttpClientFactory, Task<string>> call) =>
            app.MapGet(path, (IBackgroundTaskGroup background, IHttpClientFactory clients) => call(background, clients));

        Map("/background-child", (background, clients) => background.Run(ct => clients.CallAsync(ct)));
        Map("/background-nested", (background, clients) => background.RunGroupAsync(_ => clients.CallAsync(default), shorter));
        Map("/background-nested-child", (background, clients) =>
            background.RunGroupAsync(group => group.Run(ct => clients.CallAsync(ct)), shorter));
    }

    private sealed class RetryHandler : DelegatingHandler
    {
        private readonly ResiliencePipeline<HttpResponseMessage> _retry = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = static attempt =>
                    ValueTask.FromResult(attempt.Outcome.Result is { StatusCode: HttpStatusCode.ServiceUnavailable }),
                MaxRetryAttempts = 5,
                Delay = TimeSpan.Zero,
            })
            .Build();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _retry.ExecuteAsync(async ct => await base.SendAsync(request, ct), cancellationToken).AsTask();
    }

    private sealed class SendOnHandler(Uri other) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using (HttpResponseMessage first = await base.SendAsync(request, cancellationToken))
            {
                Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
            }

            request.RequestUri = other;
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
