using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Controllers: the filter is there without a word, and MVC's own filters see what they expect.</summary>
public sealed class ControllerTests
{
    // R28
    [Fact]
    public async Task Action_WhenAChildIsForgotten_JoinsItBeforeTheResult()
    {
        await using TestApp test = await StartAsync();

        Assert.Equal("done", await test.Client.GetStringAsync("/fan/forget"));
        Assert.Equal(["child", "response"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R28: on MapControllers as well, where the endpoint filter runs inside MVC's.
    [Fact]
    public async Task Action_WithTaskGroupOnMapControllers_JoinsBeforeTheResult()
    {
        await using TestApp test = await StartAsync(map: app => app.MapControllers().WithTaskGroup());

        Assert.Equal("done", await test.Client.GetStringAsync("/fan/forget"));
        Assert.Equal(["child", "response"], test.Trail.Steps);
    }

    // R10, R28
    [Theory]
    [InlineData("/fan/fail-forgotten")]
    [InlineData("/fan/fail-awaited")]
    public async Task Action_WhenAChildFails_GoesToExceptionHandlingWithItsStack(string path)
    {
        await using TestApp test = await StartAsync();

        await JoinTests.AssertProblemAsync(test, path, HttpStatusCode.InternalServerError);

        LogEntry error = Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error);
        Assert.IsType<FormatException>(error.Exception);
        Assert.Contains(nameof(FanController.Fail), error.Exception.StackTrace, StringComparison.Ordinal);
    }

    // R28: exception filters see the group's failure and may answer it.
    [Theory]
    [InlineData("/fan/fail-forgotten")]
    [InlineData("/fan/fail-awaited")]
    public async Task ExceptionFilter_WhenAChildFails_Answers(string path)
    {
        await using TestApp test = await StartAsync(new AnswersExceptions());

        using HttpResponseMessage response = await test.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // R28: an action filter that has handled the failure has handled the group's.
    [Fact]
    public async Task ActionFilter_WhenItHandlesAnAwaitedFailure_KeepsItsAnswer()
    {
        await using TestApp test = await StartAsync(new AnswersInActionFilter());

        using HttpResponseMessage response = await test.Client.GetAsync("/fan/fail-awaited");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // R28: MVC without the middleware on this branch: a scope's group, which is none of the filter's business.
    [Fact]
    public async Task Action_OutsideTheMiddleware_GetsTheScopesGroup()
    {
        await using TestApp test = await StartAsync(pipeline: app => app.Map("/elsewhere", branch => branch.UseRequestTaskGroups()));

        Assert.Equal("scope", await test.Client.GetStringAsync("/fan/name"));
    }

    // Controller and action, whatever the method and the pattern; in messages and on the page as well
    [Theory]
    [InlineData("/fan/name")]
    [InlineData("/fan/named/7")]
    public async Task Group_OfAnAction_IsNamedAfterControllerAndAction(string path)
    {
        await using TestApp test = await StartAsync();

        Assert.Equal("Fan.Name", await test.Client.GetStringAsync(path));
    }

    [Fact]
    public async Task Failure_OfAnAction_IsLoggedUnderControllerAndAction()
    {
        await using TestApp test = await StartAsync();
        using RecordedMetrics metrics = new(test.App.Services.GetRequiredService<IMeterFactory>());

        await JoinTests.AssertProblemAsync(test, "/fan/limited", HttpStatusCode.GatewayTimeout);
        await test.FinishedAsync("/fan/limited");

        LogEntry late = Assert.Single(test.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Contains("'Fan.Limited'", late.Message, StringComparison.Ordinal);
        Assert.Contains(
            "taskgroups.group.duration s kind=request name=Fan.Limited outcome=canceled reason=timed_out", metrics.All);
    }

    // Two controllers of one name are two endpoints: metrics and logs tell them apart by their areas, as routes do
    [Theory]
    [InlineData("/admin/names/group", "Admin.Names.Group")]
    [InlineData("/shop/names/group", "shop.Names.Group")]
    public async Task Group_OfAnActionInAnArea_IsNamedWithTheArea(string path, string name)
    {
        await using TestApp test = await StartAsync();

        Assert.Equal(name, await test.Client.GetStringAsync(path));
    }

    // With and without a group in the request: a name is there, and it is never empty
    [Fact]
    public void Name_OfAnEndpoint_IsTheFirstOfActionDisplayNameAndPattern()
    {
        RequestDelegate none = _ => Task.CompletedTask;
        RoutePattern pattern = RoutePatternFactory.Parse("/circuits/{id}");
        var action = new ControllerActionDescriptor { ControllerName = "Orders", ActionName = "Get" };

        Assert.Equal("Orders.Get", EndpointName.Of(new RouteEndpoint(none, pattern, 0, new([action]), "Shop.OrdersController.Get (Shop)")));
        action.RouteValues["area"] = "";
        Assert.Equal("Orders.Get", EndpointName.Of(new RouteEndpoint(none, pattern, 0, new([action]), null)));
        action.RouteValues["area"] = "Admin";
        Assert.Equal("Admin.Orders.Get", EndpointName.Of(new RouteEndpoint(none, pattern, 0, new([action]), null)));
        Assert.Equal("its name", EndpointName.Of(new RouteEndpoint(none, pattern, 0, null, "its name")));
        Assert.Equal("/circuits/{id}", EndpointName.Of(new RouteEndpoint(none, pattern, 0, null, null)));
        Assert.Equal("/circuits/{id}", EndpointName.Of(new RouteEndpoint(none, pattern, 0, null, " ")));
        Assert.Equal("request", EndpointName.Of(new RouteEndpoint(none, RoutePatternFactory.Parse(""), 0, null, "")));
        Assert.Equal("request", EndpointName.Of(new Endpoint(none, null, null)));
        Assert.Equal("a request without an endpoint", EndpointName.OfRequest(null));
    }

    private static Task<TestApp> StartAsync(
        IFilterMetadata? filter = null, Action<WebApplication>? map = null, Action<WebApplication>? pipeline = null) => TestApp.StartAsync(
        (app, _) => (map ?? (app => app.MapControllers()))(app),
        builder => builder.Services
            .AddControllers(options =>
            {
                if (filter is not null)
                {
                    options.Filters.Add(filter);
                }
            })
            .AddApplicationPart(typeof(FanController).Assembly),
        pipeline);

    private sealed class AnswersExceptions : IExceptionFilter
    {
        public void OnException(ExceptionContext context)
        {
            if (context.Exception is FormatException)
            {
                context.Result = new StatusCodeResult(StatusCodes.Status502BadGateway);
            }
        }
    }

    private sealed class AnswersInActionFilter : IActionFilter
    {
        public void OnActionExecuting(ActionExecutingContext context)
        {
        }

        public void OnActionExecuted(ActionExecutedContext context)
        {
            context.Result = new StatusCodeResult(StatusCodes.Status502BadGateway);
            context.ExceptionHandled = true;
        }
    }
}

[Route("fan")]
public sealed class FanController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet("name")]
    [HttpGet("named/{number}")]
    public string Name() => tasks.Name;

    [HttpGet("limited")]
    [TaskGroup(TimeoutMilliseconds = 1)]
    public Task<string> Limited() => tasks.Run(async ct =>
    {
        await Task.Delay(Timeout.Infinite, ct);
        return "late";
    });

    [HttpGet("forget")]
    public string Forget([FromServices] Trail trail)
    {
        Gate returned = new();
        Response.OnStarting(() =>
        {
            trail.Add("response");
            return Task.CompletedTask;
        });
        tasks.Run(async _ =>
        {
            await returned.WaitAsync(CancellationToken.None);
            trail.Add("child");
        });
        ThreadPool.QueueUserWorkItem(_ => returned.Open());
        return "done";
    }

    [HttpGet("fail-forgotten")]
    public string FailForgotten()
    {
        tasks.Run(_ => Fail());
        return "done";
    }

    [HttpGet("fail-awaited")]
    public async Task<string> FailAwaited()
    {
        await tasks.Run(_ => Fail());
        return "done";
    }

    internal static async Task Fail()
    {
        await Task.Yield();
        throw new FormatException("broken");
    }
}
