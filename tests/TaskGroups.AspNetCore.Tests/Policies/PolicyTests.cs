using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using TaskGroups.AspNetCore.Tests.Pages;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What an endpoint's own words, its class, its groups of endpoints and the options come to together.</summary>
public sealed class PolicyTests
{
    private static readonly RequestTaskGroupPolicy Narrow = new() { MaxConcurrency = 2, MaxWaiting = 3 };

    private const string Default = "100000 - - Inline";

    // R27, R30: limits as "timeout in ms, max concurrency, max waiting, start"; "off": disabled.
    [Theory]
    [InlineData("/plain", "- - - Inline")]
    [InlineData("/with", Default)]
    [InlineData("/with-timeout", "2000 - - Inline")]
    [InlineData("/with-infinite", "- - - Inline")]
    [InlineData("/with-name", "5000 4 - Inline")]
    [InlineData("/with-name-in-other-case", "5000 4 - Inline")]
    [InlineData("/with-policy", "100000 2 3 Inline")]
    [InlineData("/with-child-start", "100000 - - Queued")]
    [InlineData("/attribute", "2000 8 9 Queued")]
    [InlineData("/attribute-with-name", "5000 8 - Inline")]
    [InlineData("/attribute-alone-has-no-default-timeout", "- 8 - Inline")]
    [InlineData("/attribute-and-fluent", "2000 6 - Inline")]
    [InlineData("/disabled", "off")]
    [InlineData("/disabled-by-attribute", "off")]
    [InlineData("/request-delegate", "- - - Inline")]
    [InlineData("/group/plain", "7000 7 - Inline")]
    [InlineData("/group/timeout", "2000 7 - Inline")]
    [InlineData("/group/name", "5000 4 - Inline")]
    [InlineData("/group/attribute", "7000 8 - Inline")]
    [InlineData("/group/disabled", "off")]
    [InlineData("/group/disabled-by-attribute", "off")]
    [InlineData("/group/disabled-and-with-again", Default)]
    [InlineData("/group/inner/plain", "7000 2 3 Inline")]
    [InlineData("/group/off/plain", "off")]
    [InlineData("/group/off/with", "3000 - - Inline")]
    public async Task Limits_OfAMinimalApi_AreTheNearestOfEach(string path, string expected)
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => MapHandlers(app), AddPolicies);

        Assert.Equal(expected, LimitsOf(test, path));
    }

    // R27, R30: a method and its class are nearer than MapControllers(), which speaks of all of them, and that is nearer than MapGroup().
    [Theory]
    [InlineData("limited/plain", null, "6000 - - Inline")]
    [InlineData("limited/timeout", null, "2000 - - Inline")]
    [InlineData("limited/concurrency", null, "6000 8 - Inline")]
    [InlineData("limited/name", null, "5000 4 - Inline")]
    [InlineData("limited/disabled", null, "off")]
    [InlineData("off/plain", null, "off")]
    [InlineData("off/with", null, "2000 - - Inline")]
    [InlineData("free/plain", null, Default)]
    [InlineData("limited/plain", "with", "6000 5 - Inline")]
    [InlineData("limited/timeout", "with", "2000 5 - Inline")]
    [InlineData("limited/disabled", "with", "off")]
    [InlineData("off/plain", "with", "off")]
    [InlineData("off/with", "with", "2000 - - Inline")]
    [InlineData("free/plain", "with", "9000 5 - Inline")]
    [InlineData("free/plain", "group", "9000 5 3 Inline")]
    [InlineData("limited/plain", "group", "6000 5 3 Inline")]
    [InlineData("limited/plain", "disabled", "6000 - - Inline")]
    [InlineData("free/plain", "disabled", "off")]
    public async Task Limits_OfAController_AreTheNearestOfEach(string path, string? mapped, string expected)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                IEndpointRouteBuilder routes = mapped == "group"
                    ? app.MapGroup("/group").WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1, MaxWaiting = 3 })
                    : app;
                ControllerActionEndpointConventionBuilder controllers = routes.MapControllers();
                if (mapped == "disabled")
                {
                    controllers.DisableTaskGroup();
                }
                else if (mapped is not null)
                {
                    controllers.WithTaskGroup(TimeSpan.FromSeconds(9)).WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 5 });
                }
            },
            builder =>
            {
                AddPolicies(builder);
                builder.Services.AddControllers().AddApplicationPart(typeof(PolicyTests).Assembly);
            });

        Assert.Equal(expected, LimitsOf(test, $"{(mapped == "group" ? "group/" : "")}{path}"));
    }

    // R27, R30
    [Theory]
    [InlineData("/limited-page", false, "6000 - - Inline")]
    [InlineData("/limited-page", true, "6000 5 - Inline")]
    [InlineData("/disabled-page", true, "off")]
    [InlineData("/fan-page", false, Default)]
    [InlineData("/fan-page", true, "9000 5 - Inline")]
    public async Task Limits_OfAPage_AreTheNearestOfEach(string path, bool isMappedWith, string expected)
    {
        Endpoint? endpoint = null;
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                PageActionEndpointConventionBuilder pages = app.MapRazorPages();
                if (isMappedWith)
                {
                    pages.WithTaskGroup(new RequestTaskGroupPolicy { Timeout = TimeSpan.FromSeconds(9), MaxConcurrency = 5 });
                }
            },
            builder =>
            {
                AddPolicies(builder);
                builder.Services.AddRazorPages()
                    .AddMvcOptions(options => options.Filters.Add(new EndpointRecorder(each => endpoint = each)))
                    .AddApplicationPart(typeof(FanModel).Assembly);
            });

        await test.Client.GetStringAsync(path);

        Assert.Equal(expected, LimitsOf(test, endpoint!));
    }

    // R28, R30: what a streaming endpoint under a group of endpoints needs.
    [Fact]
    public async Task DisableTaskGroup_BelowAGroupOfEndpoints_JoinsAfterTheResponse()
    {
        await using TestApp test = await TestApp.StartAsync((app, test) => app.MapGroup("/reports").WithTaskGroup(TimeSpan.Zero)
            .MapGet("/rows", (ITaskGroup tasks) => Numbers(tasks)).DisableTaskGroup());

        Assert.Equal("[0,1,2]", await test.Client.GetStringAsync("/reports/rows"));
        test.AssertQuiet();

        static async IAsyncEnumerable<int> Numbers(ITaskGroup tasks)
        {
            for (int number = 0; number < 3; number++)
            {
                yield return await tasks.Run(_ => Task.FromResult(number));
            }
        }
    }

    // R28
    [Theory]
    [InlineData("/off/stream")]
    [InlineData("/limited/disabled-stream")]
    public async Task DisableTaskGroup_OnAnAction_JoinsAfterTheResponse(string path)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapControllers().WithTaskGroup(TimeSpan.Zero),
            builder => builder.Services.AddControllers().AddApplicationPart(typeof(PolicyTests).Assembly));

        Assert.Equal("[1]", await test.Client.GetStringAsync(path));
        test.AssertQuiet();
    }

    // R28: the filter is where the call is made, and goes where the nearest word is Disable.
    [Fact]
    public async Task WithTaskGroup_NearerThanDisable_JoinsBeforeTheResponse()
    {
        await using TestApp test = await TestApp.StartAsync((app, test) => app.MapGroup("/off").DisableTaskGroup()
            .MapGet("/with", (HttpContext context, ITaskGroup tasks) =>
            {
                context.Response.OnStarting(() =>
                {
                    test.Trail.Add("response");
                    return Task.CompletedTask;
                });
                tasks.Run(async _ =>
                {
                    await Task.Yield();
                    test.Trail.Add("child");
                });
                return "done";
            }).WithTaskGroup());

        Assert.Equal("done", await test.Client.GetStringAsync("/off/with"));
        Assert.Equal(["child", "response"], test.Trail.Steps);
    }

    [Fact]
    public void AddPolicy_WithAKnownNameInOtherCase_ReplacesIt()
    {
        RequestTaskGroupOptions options = new();

        options.AddPolicy("reports", Narrow).AddPolicy("REPORTS", TimeSpan.FromSeconds(4));

        RequestTaskGroupPolicy policy = Assert.Single(options.Policies).Value;
        Assert.Equal(TimeSpan.FromSeconds(4), policy.Timeout);
        Assert.Null(policy.MaxConcurrency);
        Assert.True(options.Policies.ContainsKey("Reports"));
    }

    // The same names as elsewhere: an endpoint could not name one of these, or a log would show it as another one
    [Theory]
    [InlineData("")]
    [InlineData(" \t")]
    [InlineData("a\nb")]
    [InlineData("a\u202eb")]
    [InlineData("say \"a\"")]
    public void AddPolicy_WhenTheNameIsBad_SaysWhatToType(string name)
    {
        RequestTaskGroupOptions options = new();

        ArgumentException refused = Assert.Throws<ArgumentException>(() => options.AddPolicy(name, Narrow));

        Assert.Equal("name", refused.ParamName);
        Assert.Contains("options.AddPolicy(\"reports\", ...)", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refused.Message, char.IsControl);
        Assert.Throws<ArgumentException>(() => options.AddPolicy(name, TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentException>(() => options.AddPolicy(new string('x', 129), Narrow));
        Assert.Empty(options.Policies);
    }

    [Fact]
    public void Arguments_ThatAreNull_AreRefusedByName()
    {
        RequestTaskGroupOptions options = new();
        RouteHandlerBuilder builder = WebApplication.CreateBuilder().Build().MapGet("/", () => "done");

        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => options.AddPolicy(null!, Narrow)).ParamName);
        Assert.Equal("policy", Assert.Throws<ArgumentNullException>(() => options.AddPolicy("reports", null!)).ParamName);
        Assert.Equal("policyName", Assert.Throws<ArgumentNullException>(() => builder.WithTaskGroup((string)null!)).ParamName);
        Assert.Equal("policy", Assert.Throws<ArgumentNullException>(() => builder.WithTaskGroup((RequestTaskGroupPolicy)null!)).ParamName);
        Assert.Equal("builder", Assert.Throws<ArgumentNullException>(() => ((RouteHandlerBuilder)null!).WithTaskGroup("a")).ParamName);
        Assert.Equal("builder", Assert.Throws<ArgumentNullException>(() => ((RouteHandlerBuilder)null!).WithTaskGroup(Narrow)).ParamName);
        Assert.Equal("builder", Assert.Throws<ArgumentNullException>(() => ((RouteHandlerBuilder)null!).DisableTaskGroup()).ParamName);
        Assert.Equal("policyName", Assert.Throws<ArgumentNullException>(() => new TaskGroupAttribute(null!)).ParamName);
    }

    [Fact]
    public void TaskGroupAttribute_WhatIsNotSet_ReadsAsNone()
    {
        TaskGroupAttribute attribute = new();

        Assert.Null(attribute.PolicyName);
        Assert.Equal((-1, 0, -1, ChildStart.Inline), (
            attribute.TimeoutMilliseconds, attribute.MaxConcurrency, attribute.MaxWaiting, attribute.ChildStart));
    }

    private static void AddPolicies(WebApplicationBuilder builder) => builder.Services.AddRequestTaskGroups(
        options => options.AddPolicy("wide", new RequestTaskGroupPolicy { MaxConcurrency = 7, Timeout = TimeSpan.FromSeconds(7) }));

    private static void MapHandlers(IEndpointRouteBuilder app)
    {
        app.MapGet("/plain", Name);
        app.MapGet("/with", Name).WithTaskGroup();
        app.MapGet("/with-timeout", Name).WithTaskGroup(TimeSpan.FromSeconds(2));
        app.MapGet("/with-infinite", Name).WithTaskGroup(Timeout.InfiniteTimeSpan);
        app.MapGet("/with-name", Name).WithTaskGroup("reports");
        app.MapGet("/with-name-in-other-case", Name).WithTaskGroup("RePorts");
        app.MapGet("/with-policy", Name).WithTaskGroup(Narrow);
        app.MapGet("/with-child-start", Name).WithTaskGroup(new RequestTaskGroupPolicy { ChildStart = ChildStart.Queued });
        app.MapGet(
            "/attribute",
            [TaskGroup(TimeoutMilliseconds = 2000, MaxConcurrency = 8, MaxWaiting = 9, ChildStart = ChildStart.Queued)] () => "done")
            .WithTaskGroup();
        app.MapGet("/attribute-with-name", [TaskGroup("reports", MaxConcurrency = 8)] () => "done").WithTaskGroup();
        app.MapGet("/attribute-alone-has-no-default-timeout", [TaskGroup(MaxConcurrency = 8)] () => "done");
        app.MapGet("/attribute-and-fluent", [TaskGroup(TimeoutMilliseconds = 2000, MaxConcurrency = 8)] () => "done")
            .WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 6 });
        app.MapGet("/disabled", Name).DisableTaskGroup();
        app.MapGet("/disabled-by-attribute", [DisableTaskGroup] () => "done");
        app.MapGet("/request-delegate", context => context.Response.WriteAsync("done")).WithTaskGroup();

        RouteGroupBuilder group = app.MapGroup("/group").WithTaskGroup("wide");
        group.MapGet("/plain", Name);
        group.MapGet("/timeout", Name).WithTaskGroup(TimeSpan.FromSeconds(2));
        group.MapGet("/name", Name).WithTaskGroup("reports");
        group.MapGet("/attribute", [TaskGroup(MaxConcurrency = 8)] () => "done");
        group.MapGet("/disabled", Name).DisableTaskGroup();
        group.MapGet("/disabled-by-attribute", [DisableTaskGroup] () => "done");
        group.MapGet("/disabled-and-with-again", [DisableTaskGroup] () => "done").WithTaskGroup();
        group.MapGroup("/inner").WithTaskGroup(Narrow).MapGet("/plain", Name);

        RouteGroupBuilder off = group.MapGroup("/off").DisableTaskGroup();
        off.MapGet("/plain", Name);
        off.MapGet("/with", Name).WithTaskGroup(TimeSpan.FromSeconds(3));

        static string Name(ITaskGroup tasks) => tasks.Name;
    }

    private static string LimitsOf(TestApp test, string path) => LimitsOf(
        test,
        Assert.Single(
            test.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>(),
            each => each.RoutePattern.RawText?.TrimStart('/') == path.TrimStart('/')));

    private static string LimitsOf(TestApp test, Endpoint endpoint)
    {
        EndpointSettings settings = test.App.Services.GetRequiredService<EndpointSettingsCache>().Of(endpoint);
        GroupSettings group = settings.Group;
        if (!settings.IsDisabled)
        {
            return $"{Text(group.Timeout?.TotalMilliseconds)} {Text(group.MaxConcurrency)} {Text(group.MaxWaiting)} {group.ChildStart}";
        }

        Assert.Equal((null, null, null), (group.Timeout, group.MaxConcurrency, group.MaxWaiting));
        return "off";

        static string Text(object? limit) => limit?.ToString() ?? "-";
    }

    /// <summary>The endpoint of a page exists only once a request has come.</summary>
    private sealed class EndpointRecorder(Action<Endpoint?> record) : Microsoft.AspNetCore.Mvc.Filters.IAsyncResourceFilter
    {
        public Task OnResourceExecutionAsync(
            Microsoft.AspNetCore.Mvc.Filters.ResourceExecutingContext context,
            Microsoft.AspNetCore.Mvc.Filters.ResourceExecutionDelegate next)
        {
            record(context.HttpContext.GetEndpoint());
            return next();
        }
    }
}

[Route("limited")]
[TaskGroup(TimeoutMilliseconds = 6000)]
public sealed class LimitedController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet("plain")]
    public string Plain() => tasks.Name;

    [HttpGet("timeout")]
    [TaskGroup(TimeoutMilliseconds = 2000)]
    public string Limited() => tasks.Name;

    [HttpGet("concurrency")]
    [TaskGroup(MaxConcurrency = 8)]
    public string Narrow() => tasks.Name;

    [HttpGet("name")]
    [TaskGroup("reports")]
    public string Named() => tasks.Name;

    [HttpGet("disabled")]
    [DisableTaskGroup]
    public string Disabled() => tasks.Name;

    [HttpGet("disabled-stream")]
    [DisableTaskGroup]
    public async IAsyncEnumerable<int> Stream()
    {
        yield return await tasks.Run(_ => Task.FromResult(1));
    }
}

[Route("off")]
[DisableTaskGroup]
public sealed class OffController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet("plain")]
    public string Plain() => tasks.Name;

    [HttpGet("with")]
    [TaskGroup(TimeoutMilliseconds = 2000)]
    public string With() => tasks.Name;

    [HttpGet("stream")]
    public async IAsyncEnumerable<int> Stream()
    {
        yield return await tasks.Run(_ => Task.FromResult(1));
    }
}

[Route("free")]
public sealed class FreeController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet("plain")]
    public string Plain() => tasks.Name;
}
