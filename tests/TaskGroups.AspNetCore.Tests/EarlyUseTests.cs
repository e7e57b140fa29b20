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
public sealed class EarlyUseTests
{
    // R27: WebApplication puts authentication first, so the group of the scope would pass for that of the request.
    [Fact]
    public async Task Group_WhenAskedForBeforeTheMiddleware_FailsTheRequestAndSaysWhatToWrite()
    {
        await using TestApp test = await StartAsync(app => app.UseRequestTaskGroups());

        using HttpResponseMessage response = await test.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Exception error = Assert.IsType<InvalidOperationException>((await test.EndOfAsync("/")).Exception);
        Assert.Contains(
            "app.UseRequestTaskGroups(), app.UseAuthentication() and app.UseAuthorization(), in this order", error
                .Message, StringComparison.Ordinal);
    }

    // R27, R29: the order of the message
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
        Assert.Equal(["transformed in GET /", "started"], test.Trail.Steps);
    }

    // Scopes that are not the request's have groups of their own, at any time.
    [Fact]
    public async Task Group_OfAnotherScopeBeforeTheMiddleware_IsNobodysBusiness()
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

    private static Task<TestApp> StartAsync(Action<WebApplication> pipeline, TimeProvider? clock = null) => TestApp.StartAsync(
        (app, test) => app.MapGet("/", async (ITaskGroup tasks) =>
        {
            Task child = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
            test.Trail.Add("started");
            await child;
        }).WithTaskGroup(TimeSpan.FromSeconds(2)),
        builder =>
        {
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
            trail.Add($"transformed in {tasks.Name}");
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
