using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Who asks for a group before the middleware has given the request one.</summary>
public sealed class UseBeforeMiddlewareTests
{
    public static TheoryData<string> Containers => Container.All;

    // R51: WebApplication puts authentication first; what it is given is the request's from the middleware on
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Group_WhenAskedForBeforeTheMiddleware_IsTheRequestsFromThereOn(string container)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(app => app.UseRequestTaskGroups(), clock, container);
        Task<HttpResponseMessage> request = test.Client.GetAsync("/");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(2));

        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal(["transformed", "started", "GET / canceled"], test.Trail.Steps);
    }

    // R51: what was opened before the middleware is joined by it
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Group_WhenUsedBeforeTheMiddleware_IsJoinedByIt(bool fails)
    {
        Gate returned = new();
        await using TestApp test = await TestApp.StartAsync(
            (app, test) => app.MapGet("/", () =>
            {
                ThreadPool.QueueUserWorkItem(_ => returned.Open());
                return Task.CompletedTask;
            }),
            pipeline: app =>
            {
                app.UseExceptionHandler();
                app.Use(async (context, next) =>
                {
                    ITaskGroup tasks = context.RequestServices.GetRequiredService<ITaskGroup>();
                    tasks.Run(async _ =>
                    {
                        await returned.WaitAsync(CancellationToken.None);
                        context.RequestServices.GetRequiredService<Trail>().Add("early child");
                        if (fails)
                        {
                            throw new FormatException("broken");
                        }
                    });
                    await next(context);
                    context.RequestServices.GetRequiredService<Trail>().Add("outside");
                });
                app.UseRequestTaskGroups();
            });

        using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
        await test.FinishedAsync("/");

        Assert.Equal(fails ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(fails ? ["early child"] : ["early child", "outside"], test.Trail.Steps);
        Assert.Equal(fails ? 1 : 0, test.Log.Entries.Count(each => each.Level >= LogLevel.Error));
    }

    // R37, R51: a request that never comes to the middleware is joined by the end of its scope
    [Fact]
    public async Task Group_WhenTheMiddlewareIsNotReached_IsJoinedByTheScope()
    {
        Gate answered = new();
        await using TestApp test = await TestApp.StartAsync(
            (_, _) => { },
            pipeline: app =>
            {
                app.Use((HttpContext context, RequestDelegate _) =>
                {
                    context.RequestServices.GetRequiredService<ITaskGroup>().Run(async _ =>
                    {
                        await answered.WaitAsync(CancellationToken.None);
                        app.Services.GetRequiredService<Trail>().Add("child");
                    });
                    return context.Response.WriteAsync("refused");
                });
                app.UseRequestTaskGroups();
            });

        Task finished = test.FinishedAsync("/");
        Assert.Equal("refused", await test.Client.GetStringAsync("/").WithWatchdog());
        answered.Open();
        await finished;

        Assert.Equal(["child"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R27, R29: authentication inside the middleware
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Group_WhenAuthenticationAsksForItAfterTheMiddleware_HasThePolicyOfTheEndpoint(bool isRoutingFirst)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(
            app =>
            {
                if (isRoutingFirst)
                {
                    app.UseRouting();
                }

                app.UseRequestTaskGroups();
                app.UseAuthentication();
                app.UseAuthorization();
            },
            clock);
        Task<HttpResponseMessage> request = test.Client.GetAsync("/");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(2));

        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal(["transformed", "started", "GET / canceled"], test.Trail.Steps);
    }

    // Scopes that are not the request's have groups of their own, at any time.
    [Fact]
    public async Task Group_OfAnotherScopeBeforeTheMiddleware_IsLeftAlone()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (ITaskGroup tasks) => tasks.Name),
            pipeline: app =>
            {
                app.Use(async (context, next) =>
                {
                    await using AsyncServiceScope scope = context.RequestServices.CreateAsyncScope();
                    await scope.ServiceProvider.GetRequiredService<ITaskGroup>()
                        .RunScoped((ITaskGroup _, CancellationToken _) => Task.CompletedTask);
                    await next(context);
                });
                app.UseRequestTaskGroups();
            });

        Assert.Equal("GET /", await test.Client.GetStringAsync("/"));
        test.AssertQuiet();
    }

    private static Task<TestApp> StartAsync(
        Action<WebApplication> pipeline, TimeProvider? clock = null, string container = Container.BuiltIn) => TestApp.StartAsync(
        (app, test) => app.MapGet("/", async (ITaskGroup tasks) =>
        {
            Task child = tasks.Run(async ct =>
            {
                await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                test.Trail.Add($"{tasks.Name} canceled");
                ct.ThrowIfCancellationRequested();
            });
            test.Trail.Add("started");
            await child;
        }).WithTaskGroup(TimeSpan.FromSeconds(2)),
        builder =>
        {
            Container.Use(builder, container);
            builder.Services.AddAuthorization();
            builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, Anybody>("test", null);
            builder.Services.AddTransient<IClaimsTransformation, AsksForTheGroup>();
            if (clock is not null)
            {
                builder.Services.AddSingleton(clock);
            }
        },
        pipeline);

    private sealed class AsksForTheGroup(ITaskGroup tasks, Trail trail) : IClaimsTransformation
    {
        public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
        {
            ArgumentNullException.ThrowIfNull(tasks);
            trail.Add("transformed");
            return Task.FromResult(principal);
        }
    }

    private sealed class Anybody(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
            AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity("test")), Scheme.Name)));
    }
}
