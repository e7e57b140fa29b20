using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>One order of middleware for every application: that of docs/requests.md.</summary>
public sealed class MiddlewareOrderTests
{
    // R27, R51: authentication asks for the group, the limiter counts by user, the cache keeps whole answers, the limit answers with 504
    [Fact]
    public async Task Middleware_InTheRecommendedOrder_WorksTogether()
    {
        int calls = 0;
        ManualClock clock = new();
        await using TestApp test = await TestApp.StartAsync(
            (app, test) =>
            {
                app.MapGet("/cached", async (ITaskGroup tasks, ClaimsPrincipal user) =>
                    await tasks.Run(_ => Task.FromResult($"{user.Identity!.Name} {++calls}"))).WithTaskGroup().CacheOutput()
                    .RequireAuthorization();
                app.MapGet("/user", (ITaskGroup tasks, ClaimsPrincipal user) => $"{tasks.Name} {user.Identity!.Name}").WithTaskGroup()
                    .RequireRateLimiting("user").RequireAuthorization();
                app.MapGet("/slow", async (ITaskGroup tasks) =>
                {
                    Task child = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                    test.Trail.Add("started");
                    await child;
                }).WithTaskGroup(TimeSpan.FromSeconds(2));
            },
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins("https://shop.example")));
                builder.Services.AddAuthorization();
                builder.Services.AddAuthentication("name").AddScheme<AuthenticationSchemeOptions, ByName>("name", null);
                builder.Services.AddTransient<IClaimsTransformation, AsksForTheGroup>();
                builder.Services.AddRateLimiter(limiter =>
                {
                    limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
                    limiter.AddPolicy("user", context => RateLimitPartition.GetFixedWindowLimiter(
                        context.User.Identity?.Name ?? "nobody",
                        _ => new FixedWindowRateLimiterOptions { PermitLimit = 1, Window = TimeSpan.FromHours(1) }));
                });
                builder.Services.AddOutputCache();
                builder.Services.AddRequestTimeouts();
                builder.Services.AddControllers();
            },
            app =>
            {
                // <snippet: order-of-middleware>
                app.UseExceptionHandler();       // outside of the groups: it answers for their failures
                app.UseCors();
                app.UseAuthentication();
                app.UseAuthorization();
                app.UseRateLimiter();            // after authentication, so that it can count by user
                app.UseOutputCache();            // outside of the groups: it keeps no answer whose forgotten child fails
                app.UseRequestTimeouts();
                app.UseRequestTaskGroups();
                app.MapControllers();
                // </snippet>
            });

        Assert.Equal((HttpStatusCode.OK, "GET /user ann"), await GetAsync(test, "/user", "ann"));
        Assert.Equal((HttpStatusCode.OK, "GET /user bob"), await GetAsync(test, "/user", "bob"));
        Assert.Equal((HttpStatusCode.TooManyRequests, ""), await GetAsync(test, "/user", "ann"));
        Assert.Equal((HttpStatusCode.Unauthorized, ""), await GetAsync(test, "/user", null));
        Assert.Equal((HttpStatusCode.OK, "ann 1"), await GetAsync(test, "/cached", "ann"));

        Task<(HttpStatusCode Status, string Body)> slow = GetAsync(test, "/slow", null);
        await test.Trail.WaitForAsync("started").WithWatchdog();
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await slow).Status);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // R30, R50: each limit is its own
    [Fact]
    public async Task RequestTimeout_BesideTheLimitOfTheGroup_StandsBesideIt()
    {
        await using TestApp test = await TestApp.StartAsync(
            (_, _) => { },
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(new ManualClock());
                builder.Services.AddRequestTimeouts();
            },
            app =>
            {
                // <snippet: both-limits>
                app.UseRequestTimeouts();        // the whole request: 5 s
                app.UseRequestTaskGroups();      // its fan-out: 2 s
                app.MapGet("/page", GetPage).WithTaskGroup(TimeSpan.FromSeconds(2)).WithRequestTimeout(TimeSpan.FromSeconds(5));
                // </snippet>
            });

        Assert.Equal("2 s of 5 s", await test.Client.GetStringAsync("/page").WithWatchdog());

        static string GetPage(ITaskGroup tasks, HttpContext context) =>
            $"{tasks.RemainingTime?.TotalSeconds} s of {context.GetEndpoint()!.Metadata.GetMetadata<RequestTimeoutPolicy>()!.Timeout
                ?.TotalSeconds} s";
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(TestApp test, string path, string? user)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Add("Origin", "https://shop.example");
        if (user is not null)
        {
            request.Headers.Add("X-User", user);
        }

        using HttpResponseMessage response = await test.Client.SendAsync(request).WithWatchdog();
        Assert.Equal("https://shop.example", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private sealed class AsksForTheGroup(ITaskGroup tasks) : IClaimsTransformation
    {
        public async Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
        {
            await tasks.Run(_ => Task.CompletedTask);
            return principal;
        }
    }

    private sealed class ByName(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"].ToString() is not { Length: > 0 } name)
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            ClaimsIdentity identity = new([new Claim(ClaimTypes.Name, name)], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
