using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The storefront tells its services how long a page waits, and they believe callers on their own machine.</summary>
public sealed class DeadlineTests(SqliteFiles databases)
{
    private const string Header = "X-Request-Timeout-Ms";

    [Fact]
    public async Task Page_WhenItCallsServices_TellsThemWhatIsLeftOfItsLimit()
    {
        ConcurrentDictionary<string, string?> seen = [];
        await using Storefront shop = new()
        {
            ConnectionString = databases.NewDatabase(),
            Replace = services => services.AddSingleton<IStartupFilter>(new Recorder(seen)),
        };
        shop.Start();

        using HttpResponseMessage page = await shop.Http.GetAsync("/products/5").WithWatchdog();
        using HttpResponseMessage pages = await shop.Http.GetAsync("/products?ids=6").WithWatchdog();

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.OK, pages.StatusCode);
        foreach (string service in new[] { "prices", "stock", "reviews" })
        {
            Assert.InRange(int.Parse(seen[$"/upstream/{service}/5"]!, CultureInfo.InvariantCulture), 1, 1_980);
            Assert.InRange(int.Parse(seen[$"/upstream/{service}/6"]!, CultureInfo.InvariantCulture), 1_981, 4_980);
        }
    }

    [Fact]
    public async Task Service_WhoseCallerHasNoTimeLeft_AnswersAtOnce()
    {
        await using Storefront shop = new() { ConnectionString = databases.NewDatabase() };
        shop.Start();
        using HttpRequestMessage call = new(HttpMethod.Get, "/upstream/prices/7?delayMs=20000") { Headers = { { Header, "10" } } };

        using HttpResponseMessage answer = await shop.Http.SendAsync(call).WithWatchdog();

        await StorefrontTests.AssertProblemAsync(HttpStatusCode.GatewayTimeout, answer);
        Assert.Empty(await shop.CallsAsync("/upstream/prices/7"));
    }

    private sealed class Recorder(ConcurrentDictionary<string, string?> seen) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                seen[context.Request.Path] = context.Request.Headers[Header];
                return rest(context);
            });
            next(app);
        };
    }
}
