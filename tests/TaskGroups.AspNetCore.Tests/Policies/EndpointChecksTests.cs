using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.AspNetCore.Tests.Pages;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What the start of an application finds in its endpoints.</summary>
public sealed class EndpointChecksTests
{
    // R30: all mistakes at once, each with its endpoint and what to type.
    [Fact]
    public async Task Start_WithUnknownPolicies_NamesTheEndpointsAndTheKnownPolicies()
    {
        await using TestApp test = TestApp.Build(
            (app, _) =>
            {
                app.MapGet("/reports", () => "done").WithTaskGroup("reprots");
                app.MapGet("/search", [TaskGroup("serach")] () => "done");
            },
            builder => builder.Services.AddRequestTaskGroups(options => options.AddPolicy("Search", TimeSpan.FromSeconds(1))));

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => test.App.StartAsync());

        Assert.Contains("Endpoint 'HTTP: GET /reports' names the task group policy 'reprots'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Endpoint 'HTTP: GET /search' names the task group policy 'serach'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Known policies: 'reports', 'Search'.", error.Message, StringComparison.Ordinal);
        Assert.Contains("options.AddPolicy(\"reprots\"", error.Message, StringComparison.Ordinal);
    }

    // R40: limits that fit alone need not fit together.
    [Fact]
    public async Task Policy_WhenItsLimitsDoNotFitTogether_NamesTheEndpoint()
    {
        await using TestApp test = TestApp.Build((app, _) =>
        {
            app.MapGet("/misfit", () => "done").WithMetadata(new RequestTaskGroupPolicy { MaxWaiting = 5 });
            app.MapGroup("/group").WithTaskGroup(new RequestTaskGroupPolicy { MaxWaiting = 5 })
                .MapGet("/fits", () => "done").WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1 });
        });

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => test.App.StartAsync());

        Assert.Contains("endpoint 'HTTP: GET /misfit'", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxConcurrency", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("fits", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeout")]
    [InlineData("attribute")]
    [InlineData("concurrency")]
    public async Task Start_WithALimitThatCannotBe_NamesTheEndpoint(string limit)
    {
        await using TestApp test = TestApp.Build((app, test) => _ = limit switch
        {
            "timeout" => app.MapGet("/bad", () => "done")
                .WithTaskGroup(new RequestTaskGroupPolicy { Timeout = TimeSpan.FromSeconds(-5) }),
            "attribute" => app.MapGet("/bad", [TaskGroup(TimeoutMilliseconds = -5)] () => "done").WithTaskGroup(),
            _ => app.MapGet("/bad", () => "done").WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 0 }),
        });

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => test.App.StartAsync());

        Assert.Contains("endpoint 'HTTP: GET /bad'", error.Message, StringComparison.Ordinal);
        Assert.Contains("WithTaskGroup", error.Message, StringComparison.Ordinal);
    }

    // What the checks have built is what routing matches, and what link generation knows.
    [Fact]
    public async Task Start_BuildsEachEndpointOnce()
    {
        int built = 0;
        EndpointDataSource[] mapped = [];
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.MapGet("/alone", () => "alone").WithName("alone").WithTaskGroup().Add(_ => Interlocked.Increment(ref built));
            app.MapGroup("/group").MapGet("/inner", () => "inner").Add(_ => Interlocked.Increment(ref built));
            mapped = [.. ((IEndpointRouteBuilder)app).DataSources];
        });
        Assert.Equal(2, built);

        Assert.Equal("alone", await test.Client.GetStringAsync("/alone").WithWatchdog());
        Assert.Equal("inner", await test.Client.GetStringAsync("/group/inner").WithWatchdog());
        Assert.Equal("/alone", test.App.Services.GetRequiredService<LinkGenerator>().GetPathByName("alone"));

        Assert.Equal(2, built);
        Assert.Equal(mapped, ((IEndpointRouteBuilder)test.App).DataSources);
    }

    // Each pipeline matches its own endpoints.
    [Fact]
    public async Task Start_WithSeveralPipelines_LeavesEachItsEndpoints()
    {
        await using TestApp test = await StartAsync(app =>
        {
            app.MapGet("/page", () => "page");
            ((IApplicationBuilder)app).Map("/admin", branch =>
            {
                branch.Properties.Remove("__GlobalEndpointRouteBuilder");
                branch.UseRouting();
                branch.UseEndpoints(endpoints => endpoints.MapGet("/task", (ITaskGroup tasks) => tasks.Name));
            });
        });

        Assert.Equal("page", await test.Client.GetStringAsync("/page").WithWatchdog());
        Assert.Equal("GET /task", await test.Client.GetStringAsync("/admin/task").WithWatchdog());
        Assert.EndsWith("'HTTP: GET /task'.", Assert.Single(test.Log.OfTaskGroups(LogLevel.Warning)).Message, StringComparison.Ordinal);
        using HttpResponseMessage other = await test.Client.GetAsync("/task");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, other.StatusCode);
    }

    // A page's class is known only when a request has loaded the page.
    [Fact]
    public async Task Request_OfAnEndpointThatCameLater_NamesItsUnknownPolicy()
    {
        LateEndpoints late = new();
        await using TestApp test = await TestApp.StartAsync((app, _) => ((IEndpointRouteBuilder)app).DataSources.Add(late));
        late.Add("/late", new TaskGroupAttribute("nowhere"));

        using HttpResponseMessage response = await test.Client.GetAsync("/late");

        Assert.Equal(System.Net.HttpStatusCode.InternalServerError, response.StatusCode);
        Exception? failure = Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error).Exception;
        Assert.Contains("Endpoint 'GET /late' names the task group policy 'nowhere'", failure?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithTaskGroup_WithoutTheServices_NamesTheEndpointAndTheMissingCall()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        await using WebApplication app = builder.Build();
        app.MapGet("/products", () => "done").WithTaskGroup();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => ((IEndpointRouteBuilder)app).DataSources.Single().Endpoints);

        Assert.Contains("'HTTP: GET /products'", error.Message, StringComparison.Ordinal);
        Assert.Contains("builder.Services.AddRequestTaskGroups()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithTaskGroup_OnAHubWithoutTheServices_NamesTheMissingCall()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddSignalR();
        await using WebApplication app = builder.Build();
        app.MapHub<Hub>("/work").WithTaskGroup();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => ((IEndpointRouteBuilder)app).DataSources.Single().Endpoints);

        Assert.Contains("/work", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Call builder.Services.AddSignalR().AddTaskGroups() before the application is built.", error.Message, StringComparison.Ordinal);
    }

    // Without AddSignalR().AddTaskGroups() an invocation has the group of a scope: no limits, and no join before its result.
    [Fact]
    public async Task Start_WithLimitsOnHubsWhoseInvocationsHaveNoGroups_WarnsOnceAndNamesTheMissingCall()
    {
        await using TestApp test = await StartAsync(MapHubs, builder => builder.Services.AddSignalR());

        LogEntry warning = Assert.Single(test.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal(33, warning.EventId.Id);
        Assert.EndsWith(
            "Call builder.Services.AddSignalR().AddTaskGroups(): '/joined', '/limited', '/attribute', '/group/inside'.",
            warning.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithLimitsOnHubsWhoseInvocationsHaveGroups_WarnsOfNothing()
    {
        await using TestApp test = await StartAsync(MapHubs, builder => builder.Services.AddSignalR().AddTaskGroups());

        Assert.Empty(test.Log.OfTaskGroups(LogLevel.Warning));
    }

    // The same handler answers 500 with WithTaskGroup() and tears its 200 without it.
    [Fact]
    public async Task Start_WithHandlersThatTakeAGroupAndReturnAValue_WarnsOnceAndListsThem()
    {
        await using TestApp test = await StartAsync(app =>
        {
            app.MapGet("/value", (ITaskGroup tasks) => tasks.Name);
            app.MapGet("/task", async (ITaskGroup tasks) => await tasks.Run(_ => Task.FromResult(1)));
            app.MapGet("/value-task", (ITaskGroup tasks) => ValueTask.FromResult(tasks.Name));
            app.MapGet("/limited", (ITaskGroup tasks) => tasks.Name).WithMetadata(new RequestTaskGroupPolicy { MaxConcurrency = 1 });
            app.MapGet("/parameters", ([AsParameters] Parameters all) => all.Tasks.Name);
            app.MapGet("/enumerable", (ITaskGroup tasks) => new[] { tasks.Name });

            app.MapGet("/joined", (ITaskGroup tasks) => tasks.Name).WithTaskGroup();
            app.MapGroup("/group").WithTaskGroup().MapGet("/joined", (ITaskGroup tasks) => tasks.Name);
            app.MapGet("/disabled", (ITaskGroup tasks) => tasks.Name).DisableTaskGroup();
            app.MapGet("/disabled-attribute", [DisableTaskGroup] (ITaskGroup tasks) => tasks.Name);
            app.MapGet("/result", (ITaskGroup tasks) => Results.Ok(tasks.Name));
            app.MapGet("/typed", async (ITaskGroup tasks) => await Task.FromResult(TypedResults.Ok(tasks.Name)));
            app.MapGet("/stream", (ITaskGroup tasks) => Stream.Null);
            app.MapGet("/rows", (ITaskGroup tasks) => AsyncEnumerable.Empty<int>());
            app.MapGet("/nothing", (ITaskGroup tasks) => Task.CompletedTask);
            app.MapGet("/void", (ITaskGroup tasks) => { });
            app.MapGet("/other", (Hosting.IBackgroundTaskGroup background) => background.Name);
            app.MapGet("/context", context => context.Response.WriteAsync("done"));
        });

        LogEntry warning = Assert.Single(test.Log.OfTaskGroups(LogLevel.Warning));
        Assert.EndsWith(
            "'HTTP: GET /value', 'HTTP: GET /task', 'HTTP: GET /value-task', 'HTTP: GET /limited', 'HTTP: GET /parameters', "
                + "'HTTP: GET /enumerable'.",
            warning.Message,
            StringComparison.Ordinal);
        Assert.Contains(".WithTaskGroup()", warning.Message, StringComparison.Ordinal);
        Assert.Contains(".DisableTaskGroup()", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithTheAttributeOnAHandlerAlone_WarnsThatItDoesNotJoin()
    {
        await using TestApp test = await StartAsync(app =>
        {
            app.MapGet("/alone", [TaskGroup(MaxConcurrency = 2)] () => "done");
            app.MapGet("/with", [TaskGroup(MaxConcurrency = 2)] () => "done").WithTaskGroup();
            app.MapGet("/delegate", [TaskGroup(MaxConcurrency = 2)] (context) => context.Response.WriteAsync("done")).WithTaskGroup();
            app.MapGroup("/group").WithTaskGroup().MapGet("/with", [TaskGroup(MaxConcurrency = 2)] () => "done");
            app.MapGet("/disabled", [TaskGroup(MaxConcurrency = 2)] () => "done").DisableTaskGroup();
        });

        LogEntry warning = Assert.Single(test.Log.OfTaskGroups(LogLevel.Warning));
        Assert.EndsWith("Add .WithTaskGroup(): 'HTTP: GET /alone'.", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAttributesOnHandlersOfPages_WarnsThatTheyHaveNoEffect()
    {
        await using TestApp test = await StartAsync(
            app =>
            {
                app.MapRazorPages();
                app.MapControllers();
            },
            builder =>
            {
                builder.Services.AddRazorPages().AddApplicationPart(typeof(FanModel).Assembly);
                builder.Services.AddControllers();
            });

        LogEntry warning = Assert.Single(test.Log.OfTaskGroups(LogLevel.Warning));
        Assert.EndsWith("'LimitedModel.OnGet', 'LimitedModel.OnPost'.", warning.Message, StringComparison.Ordinal);
        Assert.Contains("PageModel class", warning.Message, StringComparison.Ordinal);
    }

    // An application keeps its behavior: an endpoint that cannot be built is the error of the request that needs it.
    [Fact]
    public async Task Start_WithAnEndpointThatCannotBeBuilt_LeavesTheErrorToRouting()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", () => "done").Add(_ => throw new FormatException("not today")));

        using HttpResponseMessage response = await test.Client.GetAsync("/");

        Assert.Equal(System.Net.HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains(test.Log.Entries, each => each.Exception is FormatException);
    }

    [Fact]
    public async Task Start_WithoutRouting_ChecksNothing()
    {
        using IHost host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrel()
                .UseUrls("http://127.0.0.1:0")
                .ConfigureServices(services => services.AddRequestTaskGroups())
                .Configure(app => app.UseRequestTaskGroups()))
            .Build();

        await host.StartAsync().WithWatchdog();
        await host.StopAsync().WithWatchdog();
    }

    private static void MapHubs(WebApplication app)
    {
        app.MapHub<Hub>("/joined").WithTaskGroup();
        app.MapHub<Hub>("/limited").WithTaskGroup(TimeSpan.FromSeconds(5));
        app.MapHub<LimitedHub>("/attribute");
        app.MapGroup("/group").WithTaskGroup("reports").MapHub<Hub>("/inside");

        app.MapHub<Hub>("/plain");
        app.MapHub<LimitedHub>("/disabled").DisableTaskGroup();
    }

    private static Task<TestApp> StartAsync(Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null) =>
        TestApp.StartAsync((app, _) => map(app), builder =>
        {
            builder.Logging.AddFilter(typeof(EndpointChecks).FullName, LogLevel.Debug);
            configure?.Invoke(builder);
        });

    [SuppressMessage("Performance", "CA1812", Justification = "Made by routing.")]
    private sealed record Parameters([FromServices] ITaskGroup Tasks);

    [TaskGroup(MaxConcurrency = 2)]
    private sealed class LimitedHub : Hub;

    /// <summary>A source whose endpoints change while the application runs.</summary>
    private sealed class LateEndpoints : EndpointDataSource, IDisposable
    {
        private CancellationTokenSource _change = new();
        private List<Endpoint> _endpoints = [];

        public void Dispose() => _change.Dispose();

        public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

        public override Microsoft.Extensions.Primitives.IChangeToken GetChangeToken() =>
            new Microsoft.Extensions.Primitives.CancellationChangeToken(_change.Token);

        public void Add(string pattern, object metadata)
        {
            RouteEndpointBuilder builder = new(
                context => context.Response.WriteAsync(context.GetTaskGroup().Name),
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse(pattern),
                0)
            {
                DisplayName = $"GET {pattern}",
            };
            builder.Metadata.Add(metadata);
            _endpoints = [.. _endpoints, builder.Build()];
            CancellationTokenSource change = _change;
            _change = new CancellationTokenSource();
            change.Cancel();
        }
    }
}
