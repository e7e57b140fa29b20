using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TaskGroups.AspNetCore.Tests;

// T1, A15: each way to guard the page, for each of its addresses and each caller.
public sealed class LivePageAuthorizationTests
{
    private const string Operators = "operations";

    private static readonly string[] Addresses =
        ["", "/snapshot", "/history", "/events", "/text", "/text?watch", "/page.js", "/page.css"];

    /// <summary>How the page is mapped, and what anonymous callers, other users and operators get.</summary>
    public static TheoryData<string, HttpStatusCode, HttpStatusCode, HttpStatusCode> Ways => new()
    {
        { "policy", HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK },
        { "policy of its own", HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK },
        { "metadata", HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK },
        { "group around it", HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK },
        { "default policy", HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.OK },
        { "fallback policy", HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK },
        { "fallback policy and anonymous", HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK },
        { "anonymous", HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task EveryAddress_IsGuardedAlike(string way, HttpStatusCode anonymous, HttpStatusCode user, HttpStatusCode @operator)
    {
        await using TestApp test = await StartAsync(way);
        foreach (string address in Addresses)
        {
            Assert.Equal((address, anonymous), (address, await AskAsync(test, address, null)));
            Assert.Equal((address, user), (address, await AskAsync(test, address, "customer")));
            Assert.Equal((address, @operator), (address, await AskAsync(test, address, Operators)));
        }
    }

    [Theory]
    [InlineData("anonymous", "Production", true)]
    [InlineData("anonymous", "Staging", true)]
    [InlineData("anonymous", "Development", false)]
    [InlineData("fallback policy and anonymous", "Production", true)]
    [InlineData("policy", "Production", false)]
    [InlineData("fallback policy", "Production", false)]
    public async Task Start_WarnsWhereThePageIsOpenOutsideDevelopment(string way, string environment, bool warns)
    {
        await using TestApp test = await StartAsync(way, environment);

        string[] warnings = [.. test.Log.Entries.Where(each => each.Level == LogLevel.Warning).Select(each => each.Message)];
        Assert.Equal(
            warns
                ? ["The live page at /taskgroups allows anonymous access outside Development: everybody who reaches it sees what the "
                    + "process does. Write .RequireAuthorization(\"operations\") with a policy of yours."]
                : [],
            warnings);
    }

    [Theory]
    [InlineData("nothing", "Production")]
    [InlineData("nothing", "Development")]
    public async Task Start_WhenNothingIsSaid_IsRefused(string way, string environment)
    {
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(way, environment));

        Assert.Contains("app.MapTaskGroups().RequireAuthorization(\"operations\")", refused.Message, StringComparison.Ordinal);
        Assert.Contains("app.MapTaskGroups().AllowAnonymous()", refused.Message, StringComparison.Ordinal);
        Assert.Contains("AuthorizationOptions.FallbackPolicy", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> AskAsync(TestApp test, string address, string? user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/taskgroups" + address);
        if (user is not null)
        {
            request.Headers.Add("X-User", user);
        }

        using HttpResponseMessage response = await test.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Assert.Equal("", await response.Content.ReadAsStringAsync());
        }

        return response.StatusCode;
    }

    private static Task<TestApp> StartAsync(string way, string environment = "Production") => TestApp.StartAsync(
        (app, _) => Map(app, way),
        builder =>
        {
            builder.Environment.EnvironmentName = environment;
            builder.Services.AddSingleton<IHostEnvironment>(builder.Environment);
            builder.Services.AddAuthentication("Header").AddScheme<AuthenticationSchemeOptions, HeaderUser>("Header", null);
            AuthorizationBuilder authorization = builder.Services.AddAuthorizationBuilder()
                .AddPolicy(Operators, policy => policy.RequireUserName(Operators));
            if (way.StartsWith("fallback policy", StringComparison.Ordinal))
            {
                authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireUserName(Operators).Build());
            }
        });

    private static void Map(WebApplication app, string way)
    {
        _ = way switch
        {
            "policy" => app.MapTaskGroups().RequireAuthorization(Operators),
            "policy of its own" => app.MapTaskGroups().RequireAuthorization(policy => policy.RequireUserName(Operators)),
            "metadata" => app.MapTaskGroups().WithMetadata(new AuthorizeAttribute(Operators)),
            "group around it" => app.MapGroup("").RequireAuthorization(Operators).MapTaskGroups(),
            "default policy" => app.MapTaskGroups().RequireAuthorization(),
            "anonymous" or "fallback policy and anonymous" => app.MapTaskGroups().AllowAnonymous(),
            _ => app.MapTaskGroups(),
        };
    }

    /// <summary>A caller is who the header says: enough to tell 401 from 403.</summary>
    private sealed class HeaderUser(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
            (string?)Request.Headers["X-User"] is { } user
                ? AuthenticateResult.Success(new AuthenticationTicket(
                    new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, user)], Scheme.Name)), Scheme.Name))
                : AuthenticateResult.NoResult());
    }
}
