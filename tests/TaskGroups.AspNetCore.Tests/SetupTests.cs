using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What is wired wrongly says so at once, and says what to type.</summary>
public sealed class SetupTests
{
    [Fact]
    public void UseRequestTaskGroups_WithoutTheServices_NamesTheMissingCall()
    {
        WebApplication app = WebApplication.CreateBuilder().Build();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => app.UseRequestTaskGroups());

        Assert.Contains("AddRequestTaskGroups()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutTheMiddleware_FailsAndNamesTheMissingCall()
    {
        await using TestApp test = TestApp.Build((app, _) => app.MapGet("/", () => "done"), pipeline: _ => { });

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => test.App.StartAsync());

        Assert.Contains("app.UseRequestTaskGroups()", error.Message, StringComparison.Ordinal);
    }

    // The other way to build a pipeline: it exists only when the server starts.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_WithAPipelineThatIsBuiltAtTheStart_FindsTheMiddleware(bool hasMiddleware)
    {
        using IHost host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrel()
                .UseUrls("http://127.0.0.1:0")
                .ConfigureServices(services => services.AddRequestTaskGroups())
                .Configure(app => app.Map("/branch", branch =>
                {
                    if (hasMiddleware)
                    {
                        branch.UseRequestTaskGroups();
                    }
                })))
            .Build();

        Exception? error = await Record.ExceptionAsync(() => host.StartAsync());

        Assert.Equal(hasMiddleware, error is null);
        await host.StopAsync().WithWatchdog();
    }

    [Fact]
    public void UseRequestTaskGroups_Twice_SaysSo()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => TestApp.Build((app, _) => app.UseRequestTaskGroups()));

        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
    }

    // An endpoint with ShortCircuit runs inside UseRouting, which WebApplication puts first unless it is called
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WithTaskGroup_OnAShortCircuitedEndpoint_NeedsTheMiddlewareBeforeRoutingAndSaysSo(bool isBefore)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (ITaskGroup tasks) => tasks.Name).WithTaskGroup().ShortCircuit(),
            pipeline: app =>
            {
                app.UseExceptionHandler();
                app.UseRequestTaskGroups();
                if (isBefore)
                {
                    app.UseRouting();
                }
            });

        using HttpResponseMessage response = await test.Client.GetAsync("/");

        Assert.Equal(isBefore ? HttpStatusCode.OK : HttpStatusCode.InternalServerError, response.StatusCode);
        if (!isBefore)
        {
            Assert.Contains(
                test.Log.Entries,
                each => each.Exception?.Message.Contains("before app.UseRouting()", StringComparison.Ordinal) == true);
        }
    }

    // Where branches meet the second middleware steps aside.
    [Fact]
    public async Task UseRequestTaskGroups_InABranchThatRejoins_JoinsOnce()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (ITaskGroup tasks) => tasks.Name),
            pipeline: app =>
            {
                app.UseWhen(_ => true, branch => branch.UseRequestTaskGroups());
                app.UseRequestTaskGroups();
            });

        Assert.Equal("GET /", await test.Client.GetStringAsync("/"));
        test.AssertQuiet();
    }

    [Fact]
    public async Task WithTaskGroup_OnARequestThatMissesTheMiddleware_NamesTheMissingCall()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", () => "done").WithTaskGroup(),
            pipeline: app => app.Map("/elsewhere", branch => branch.UseRequestTaskGroups()));

        using HttpResponseMessage response = await test.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Exception error = Assert.IsType<InvalidOperationException>((await test.EndOfAsync("/")).Exception);
        Assert.Contains("app.UseRequestTaskGroups()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddRequestTaskGroups_Twice_RegistersEverythingOnce()
    {
        ServiceCollection services = new();
        services.AddRequestTaskGroups();
        var once = services.Where(IsOurs).Select(each => (each.ServiceType, each.ImplementationType)).ToList();

        services.AddRequestTaskGroups();

        Assert.Equal(once, services.Where(IsOurs).Select(each => (each.ServiceType, each.ImplementationType)));
        Assert.Single(services, each => each.ServiceType == typeof(IConfigureOptions<MvcOptions>));

        static bool IsOurs(ServiceDescriptor service) =>
            $"{service.ServiceType}{service.ImplementationType}".Contains(nameof(TaskGroups), StringComparison.Ordinal)
            && service.ServiceType.Name != "IConfigureOptions`1";
    }

    [Fact]
    public void NullArguments_AreRefusedByName()
    {
        Assert.Equal("services", Assert.Throws<ArgumentNullException>(() => ((IServiceCollection)null!).AddRequestTaskGroups()).ParamName);
        Assert.Equal("app", Assert.Throws<ArgumentNullException>(() => ((IApplicationBuilder)null!).UseRequestTaskGroups()).ParamName);
        Assert.Equal("builder", Assert.Throws<ArgumentNullException>(() => ((RouteHandlerBuilder)null!).WithTaskGroup()).ParamName);
        Assert.Equal(
            "builder",
            Assert.Throws<ArgumentNullException>(() => ((RouteHandlerBuilder)null!).WithTaskGroup(TimeSpan.Zero)).ParamName);
    }

    [Theory]
    [InlineData(-1_000)]
    [InlineData(4_294_967_295)]
    public void WithTaskGroup_WithAnAbsurdTimeout_ThrowsAtOnce(long milliseconds)
    {
        WebApplication app = WebApplication.CreateBuilder().Build();

        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => app.MapGet("/", () => "done").WithTaskGroup(TimeSpan.FromMilliseconds(milliseconds)));

        Assert.Equal("timeout", error.ParamName);
    }

    [Theory]
    [InlineData("ShutdownGrace", -5, null, null, null)]
    [InlineData("DefaultPolicy.Timeout", null, -5, null, null)]
    [InlineData("DefaultPolicy.MaxConcurrency", null, null, 0, null)]
    [InlineData("DefaultPolicy.MaxWaiting", null, null, 1, -1)]
    [InlineData("DefaultPolicy.MaxWaiting", null, null, null, 1)]
    public async Task Start_WithBadOptions_FailsAndNamesThem(
        string property,
        int? grace,
        int? timeout,
        int? maxConcurrency,
        int? maxWaiting)
    {
        await using TestApp test = TestApp.Build((_, _) => { }, builder => builder.Services.AddRequestTaskGroups(options =>
        {
            options.ShutdownGrace = grace is null ? null : TimeSpan.FromSeconds(grace.Value);
            options.DefaultPolicy = new RequestTaskGroupPolicy
            {
                Timeout = timeout is null ? null : TimeSpan.FromSeconds(timeout.Value),
                MaxConcurrency = maxConcurrency,
                MaxWaiting = maxWaiting,
            };
        }));

        OptionsValidationException error = await Assert.ThrowsAsync<OptionsValidationException>(() => test.App.StartAsync());

        Assert.Contains($"RequestTaskGroupOptions.{property}", Assert.Single(error.Failures), StringComparison.Ordinal);
        Assert.Contains("services.AddRequestTaskGroups(options =>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_WithASingletonThatWantsTheGroup_FailsInDevelopment()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Services.AddRequestTaskGroups();
        builder.Services.AddSingleton<WantsTheGroup>();

        AggregateException error = Assert.Throws<AggregateException>(() => builder.Build());

        Assert.Contains(nameof(ITaskGroup), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ITaskGroup_OfTheRootProvider_SaysWhatToDo()
    {
        await using TestApp test = TestApp.Build((_, _) => { });

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => test.App.Services.GetRequiredService<ITaskGroup>());

        Assert.Contains("scope", error.Message, StringComparison.Ordinal);
    }

#pragma warning disable TG0007 // What the container does with it is tested.
    private sealed class WantsTheGroup(ITaskGroup group)
#pragma warning restore TG0007
    {
        public ITaskGroup Group { get; } = group;
    }
}
