using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

// R38
public sealed class LivePageTests
{
    private readonly Gate _reached = new();
    private readonly Gate _gate = new();

    [Fact]
    public async Task Snapshot_WhileARequestRuns_ShowsItsGroupAndItsChild()
    {
        await using TestApp test = await StartAsync();
        Task<HttpResponseMessage> request = test.Client.GetAsync("/wait/7");
        await _reached.WaitAsync().WithWatchdog();

        JsonElement snapshot = await GetJsonAsync(test, "/taskgroups/snapshot");

        Assert.Equal("running", snapshot.GetProperty("process").GetProperty("state").GetString());
        JsonElement group = Assert.Single(snapshot.GetProperty("groups").EnumerateArray(), each => Text(each, "kind") == "request");
        Assert.Equal("GET /wait/{id}", Text(group, "name"));
        Assert.Equal("open", Text(group, "state"));
        Assert.Equal(JsonValueKind.Null, group.GetProperty("parentId").ValueKind);
        Assert.Equal(JsonValueKind.Null, group.GetProperty("reason").ValueKind);
        Assert.Equal(1, group.GetProperty("running").GetInt32());
        JsonElement child = Assert.Single(snapshot.GetProperty("children").EnumerateArray());
        Assert.Equal("the child", Text(child, "name"));
        Assert.Equal("running", Text(child, "state"));
        Assert.Equal(group.GetProperty("id").GetInt64(), child.GetProperty("groupId").GetInt64());
        Assert.False(snapshot.GetProperty("truncated").GetBoolean());
        Assert.Empty(snapshot.GetProperty("queues").EnumerateArray());
        _gate.Open();
        Assert.Equal(HttpStatusCode.OK, (await request.WithWatchdog()).StatusCode);
    }

    [Fact]
    public async Task Snapshot_NeverShowsTheGroupsOfTheMachinery()
    {
        await using TestApp test = await StartAsync();

        JsonElement snapshot = await GetJsonAsync(test, "/taskgroups/snapshot");

        Assert.DoesNotContain(snapshot.GetProperty("groups").EnumerateArray(), each => Text(each, "name") is "application" or "requests");
        Assert.Contains(snapshot.GetProperty("groups").EnumerateArray(), each => Text(each, "kind") == "background");
    }

    [Fact]
    public async Task History_WhenAChildHasFailed_SaysWhichAndWhatItCanceled()
    {
        await using TestApp test = await StartAsync();
        _ = await test.Client.GetAsync("/fail");
        await test.FinishedAsync("/fail");

        JsonElement history = await GetJsonAsync(test, "/taskgroups/history");

        JsonElement group = Assert.Single(history.GetProperty("groups").EnumerateArray(), each => Text(each, "name") == "GET /fail");
        Assert.Equal("failed", Text(group, "outcome"));
        Assert.Equal("child_failed", Text(group, "reason"));
        Assert.Equal("the failing child", Text(group, "canceledBy"));
        Assert.Equal(typeof(InvalidTimeZoneException).FullName, Text(group, "failureType"));
        JsonElement[] children = [.. group.GetProperty("children").EnumerateArray()];
        Assert.Equal("failed", Text(Assert.Single(children, each => Text(each, "name") == "the failing child"), "outcome"));
        Assert.Equal("canceled", Text(Assert.Single(children, each => Text(each, "name") == "the sibling"), "outcome"));
        Assert.DoesNotContain("a secret", history.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_WhileARequestRuns_PrintsTheTree()
    {
        await using TestApp test = await StartAsync();
        Task<HttpResponseMessage> request = test.Client.GetAsync("/wait/7");
        await _reached.WaitAsync().WithWatchdog();

        string text = await test.Client.GetStringAsync("/taskgroups/text");

        Assert.Matches(@"[├└]─ \[request\] GET /wait/\{id\}  [0-9.]+ m?s", text);
        Assert.Matches(@"[├└]─ the child  [0-9.]+ m?s", text);
        _gate.Open();
        await request.WithWatchdog();
    }

    [Fact]
    public async Task Page_HasAStrictPolicyAndOnlyItsOwnFiles()
    {
        await using TestApp test = await StartAsync();

        using HttpResponseMessage page = await test.Client.GetAsync("/taskgroups");
        string html = await page.Content.ReadAsStringAsync();

        Assert.Contains("default-src 'none'", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("//", html.Replace("<!DOCTYPE", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (string asset in AssetsOf(html, await test.Client.GetStringAsync("/taskgroups/page.js")))
        {
            using HttpResponseMessage file = await test.Client.GetAsync($"/taskgroups/{asset}");
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            Assert.Equal("nosniff", Assert.Single(file.Headers.GetValues("X-Content-Type-Options")));
        }

        using HttpResponseMessage unknown = await test.Client.GetAsync("/taskgroups/other.js");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    // A slim application has no constraint for regular expressions.
    [Fact]
    public async Task Page_InASlimApplication_IsServed()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRequestTaskGroups();
        await using WebApplication app = builder.Build();
        app.UseRequestTaskGroups();
        app.MapTaskGroups().AllowAnonymous();
        await app.StartAsync().WithWatchdog();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        foreach (string address in new[] { "", "/page.js", "/page.css", "/snapshot", "/history", "/text" })
        {
            Assert.NotEmpty(await client.GetStringAsync("/taskgroups" + address));
        }
    }

    [Fact]
    public async Task Events_SendSnapshots_AndOneViewerTooManyIsRefused()
    {
        await using TestApp test = await StartAsync(options => options.MaxViewers = 1);
        using HttpResponseMessage first = await test.Client.GetAsync("/taskgroups/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await first.Content.ReadAsStreamAsync());

        Assert.Equal("text/event-stream", first.Content.Headers.ContentType!.MediaType);
        Assert.Equal("event: snapshot", await reader.ReadLineAsync().WithWatchdog());
        string data = (await reader.ReadLineAsync().WithWatchdog())!;
        using JsonDocument snapshot = JsonDocument.Parse(data["data: ".Length..]);
        Assert.True(snapshot.RootElement.TryGetProperty("takenAt", out _));
        using HttpResponseMessage second = await test.Client.GetAsync("/taskgroups/events");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
    }

    [Fact]
    public async Task Events_WhenTheApplicationStops_DoNotHoldIt()
    {
        await using TestApp test = await StartAsync();
        using HttpResponseMessage stream = await test.Client.GetAsync("/taskgroups/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());

        Task stop = test.App.StopAsync();
        string rest = await reader.ReadToEndAsync().WithWatchdog();
        await stop.WithWatchdog();

        Assert.Contains("\"draining\"", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_OfAnApplicationThatStops_EndWithWhatIsLeftInBackgroundGroupsAndTheirBudgets()
    {
        Gate started = new();
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapTaskGroups().AllowAnonymous(),
            builder => builder.Services.AddBackgroundTaskGroup("emails", options =>
            {
                options.DrainTimeout = TimeSpan.FromSeconds(20);
                options.CancelTimeout = TimeSpan.FromSeconds(3);
            }));
        Task email = test.App.Services.GetRequiredKeyedService<IBackgroundTaskGroup>("emails").Run(ct =>
        {
            started.Open();
            return (Task)_gate.WaitAsync(ct);
        });
        await started.WaitAsync().WithWatchdog();
        using HttpResponseMessage stream = await test.Client.GetAsync("/taskgroups/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());

        Task stop = test.App.StopAsync();
        string all = await reader.ReadToEndAsync().WithWatchdog();
        _gate.Open();
        await Task.WhenAll(email, stop).WithWatchdog();

        using JsonDocument last = JsonDocument.Parse(all[(all.LastIndexOf("data: ", StringComparison.Ordinal) + "data: ".Length)..]);
        Assert.Equal("draining", last.RootElement.GetProperty("process").GetProperty("state").GetString());
        JsonElement[] groups = [.. last.RootElement.GetProperty("groups").EnumerateArray()];
        Assert.Equal(
            [("background", 0, 5_000, 2_000), ("emails", 1, 20_000, 3_000)],
            groups.Select(group => (
                group.GetProperty("name").GetString(),
                group.GetProperty("running").GetInt32(),
                group.GetProperty("drainTimeoutMs").GetInt32(),
                group.GetProperty("cancelTimeoutMs").GetInt32())));
    }

    [Fact]
    public async Task Start_WhenThePageSaysNothingOfAuthorization_IsRefusedWithWhatToType()
    {
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => TestApp.StartAsync((app, _) => app.MapTaskGroups()));

        Assert.Contains("RequireAuthorization", refused.Message, StringComparison.Ordinal);
        Assert.Contains("AllowAnonymous", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAFallbackPolicy_IsAllowed()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapTaskGroups(),
            builder =>
            {
                builder.Services.AddAuthentication();
                builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new(
                    [new Microsoft.AspNetCore.Authorization.Infrastructure.AssertionRequirement(_ => true)], []));
            });

        Assert.Equal(HttpStatusCode.OK, (await test.Client.GetAsync("/taskgroups")).StatusCode);
    }

    [Fact]
    public async Task Start_WhenThePageIsOpenOutsideDevelopment_Warns()
    {
        await using TestApp test = await StartAsync();

        LogEntry warning = Assert.Single(test.Log.Entries, each => each is { EventId.Id: 40 });
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("at /taskgroups allows", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WhenThePageIsOpenInDevelopment_DoesNotWarn()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapTaskGroups().AllowAnonymous(),
            builder =>
            {
                builder.Environment.EnvironmentName = "Development";
                builder.Services.AddSingleton<IHostEnvironment>(builder.Environment);
            });

        Assert.DoesNotContain(test.Log.Entries, each => each is { EventId.Id: 40 });
        Assert.Equal(HttpStatusCode.OK, (await test.Client.GetAsync("/taskgroups")).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/snapshot")]
    [InlineData("/history")]
    [InlineData("/events")]
    [InlineData("/text")]
    [InlineData("/text?watch")]
    [InlineData("/page.js")]
    public async Task EveryAddress_UnderAPolicy_IsClosedAndOpenedByIt(string below)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                // <snippet: live-page>
                app.MapTaskGroups("/taskgroups").RequireAuthorization("operations");
                // </snippet>
            },
            builder =>
            {
                builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, Forbid>();
                builder.Services.AddAuthentication();
                builder.Services.AddAuthorizationBuilder().AddPolicy("operations", policy => policy.RequireAssertion(
                    context => ((HttpContext)context.Resource!).Request.Headers["X-Key"] == "open"));
            });

        using HttpResponseMessage closed = await test.Client.GetAsync("/taskgroups" + below);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/taskgroups" + below) { Headers = { { "X-Key", "open" } } };
        using HttpResponseMessage open = await test.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.Forbidden, closed.StatusCode);
        Assert.Equal("", await closed.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    [Fact]
    public async Task Names_WithMarkup_StayText()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.MapTaskGroups().AllowAnonymous();
            app.MapGet("/hostile", (ITaskGroup tasks) =>
                tasks.Run(ct => ReachAndWaitAsync(), "<img src=x onerror=alert(1)>\n\u001b[31mred")).WithTaskGroup();
        });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/hostile");
        await _reached.WaitAsync().WithWatchdog();

        string json = await test.Client.GetStringAsync("/taskgroups/snapshot");
        string text = await test.Client.GetStringAsync("/taskgroups/text");

        Assert.DoesNotContain("<img", json, StringComparison.Ordinal);
        string line = Assert.Single(text.Split('\n'), each => each.Contains("<img", StringComparison.Ordinal));
        Assert.Contains("red", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        _gate.Open();
        await request.WithWatchdog();
    }

    [Fact]
    public async Task TextWatch_SendsTheTreeAgainAndAgain()
    {
        await using TestApp test = await StartAsync();
        using HttpResponseMessage stream = await test.Client.GetAsync("/taskgroups/text?watch", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());

        for (int trees = 0; trees < 3;)
        {
            string line = (await reader.ReadLineAsync().WithWatchdog())!;
            trees += line.Contains("  running  ", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.Equal("text/plain", stream.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Snapshot_OfARequestWithALimit_SaysHowMuchTimeIsLeft()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.MapTaskGroups().AllowAnonymous();
            app.MapGet("/limited", (ITaskGroup tasks) => tasks.Run(ct => ReachAndWaitAsync(), "the child"))
                .WithTaskGroup(TimeSpan.FromMinutes(5));
        });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/limited");
        await _reached.WaitAsync().WithWatchdog();

        JsonElement snapshot = await GetJsonAsync(test, "/taskgroups/snapshot");

        JsonElement group = Assert.Single(snapshot.GetProperty("groups").EnumerateArray(), each => Text(each, "kind") == "request");
        Assert.InRange(group.GetProperty("remainingMs").GetInt64(), 1, 300_000);
        _gate.Open();
        await request.WithWatchdog();
    }

    [Fact]
    public async Task History_KeepsFailuresLongerThanSuccesses()
    {
        await using TestApp test = await StartAsync(options => options.HistorySize = 4);
        _ = await test.Client.GetAsync("/fail");
        await test.FinishedAsync("/fail");
        for (int i = 0; i < 10; i++)
        {
            _ = await test.Client.GetAsync($"/pass/{i}");
            await test.FinishedAsync($"/pass/{i}");
        }

        JsonElement history = await GetJsonAsync(test, "/taskgroups/history");

        string[] names = [.. history.GetProperty("groups").EnumerateArray().Select(each => Text(each, "name")!)];
        Assert.Equal(["GET /pass/{id}", "GET /pass/{id}", "GET /pass/{id}", "GET /fail"], names);
    }

    [Theory]
    [InlineData("HistorySize", -1)]
    [InlineData("MaxEntries", 99)]
    [InlineData("MaxViewers", 0)]
    public async Task Start_WithAnOptionOutOfItsRange_NamesIt(string option, int value)
    {
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(
            options => typeof(TaskGroupsPageOptions).GetProperty(option)!.SetValue(options, value)));

        Assert.Contains(option, refused.Message, StringComparison.Ordinal);
    }

    private Task<TestApp> StartAsync(Action<TaskGroupsPageOptions>? configure = null) => TestApp.StartAsync(
        (app, _) =>
        {
            app.MapTaskGroups().AllowAnonymous();
            app.MapGet("/wait/{id}", (ITaskGroup tasks) => tasks.Run(
                ct =>
                {
                    _reached.Open();
                    return _gate.WaitAsync(ct);
                },
                "the child")).WithTaskGroup();
            app.MapGet("/pass/{id}", (ITaskGroup tasks) => tasks.Run(ct => Task.CompletedTask, "the child")).WithTaskGroup();
            app.MapGet("/fail", async (ITaskGroup tasks) =>
            {
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "the sibling");
                await tasks.Run(async ct =>
                {
                    await Task.Yield();
                    throw new InvalidTimeZoneException("a secret");
                }, "the failing child");
            }).WithTaskGroup();
        },
        builder =>
        {
            builder.Services.Configure<TaskGroupsPageOptions>(options => options.RefreshInterval = TimeSpan.FromMilliseconds(100));
            if (configure is not null)
            {
                builder.Services.Configure(configure);
            }
        });

    private static string[] AssetsOf(string html, string script)
    {
        string[] assets =
        [
            .. Regex.Matches(html, "(?:href|src)=\"taskgroups/([a-z]+\\.(?:css|js))\"").Select(match => match.Groups[1].Value),
            .. Regex.Matches(script, "from './([a-z]+\\.js)'").Select(match => match.Groups[1].Value),
        ];
        Assert.Contains("page.css", assets);
        Assert.Contains("source.js", assets);
        return assets;
    }

    private Task ReachAndWaitAsync()
    {
        _reached.Open();
        return _gate.WaitAsync();
    }

    private static async Task<JsonElement> GetJsonAsync(TestApp test, string path)
    {
        using JsonDocument document = JsonDocument.Parse(await test.Client.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    private static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();

    private sealed class Forbid : IAuthorizationMiddlewareResultHandler
    {
        public Task HandleAsync(
            RequestDelegate next,
            HttpContext context,
            AuthorizationPolicy policy,
            PolicyAuthorizationResult authorizeResult)
        {
            if (authorizeResult.Succeeded)
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
    }
}
