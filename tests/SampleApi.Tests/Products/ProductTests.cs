using System.Diagnostics;
using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

public abstract class ProductTests(TestDatabase database) : StorefrontTests(database)
{
    [Theory]
    [InlineData(1)]
    [InlineData(SampleData.ProductCount)]
    public async Task GetProduct_WhenAllServicesAnswer_ShowsWhatTheyAndTheDatabaseKnow(int id)
    {
        ProductPage page = (await Http.GetFromJsonAsync<ProductPage>($"/products/{id}", Storefront.Json).WithWatchdog())!;

        Assert.Equal((id, SampleData.Products().Single(p => p.Id == id).Name), (page.Id, page.Name));
        Assert.Equal((SampleData.PriceOf(id), SimulatedAnswers.Stock(id).Stock), (page.Price, page.Stock));
        Assert.Equal(SimulatedAnswers.Reviews(id), page.Reviews);
    }

    [Fact]
    public async Task GetProduct_Always_NamesItsPropertiesInCamelCase()
    {
        string json = await Http.GetStringAsync("/products/2").WithWatchdog();

        Assert.StartsWith("{\"id\":2,\"name\":\"", json, StringComparison.Ordinal);
        Assert.All(["\"price\":", "\"stock\":", "\"reviews\":["], property => Assert.Contains(property, json, StringComparison.Ordinal));
    }

    // R9, R28
    [Fact]
    public async Task GetProduct_WhenARequiredServiceIsBroken_Answers502AtOnceAndCancelsTheOthers()
    {
        await Http.GetAsync("/products/10?break=stock").WithWatchdog(); // warm-up
        long started = Stopwatch.GetTimestamp();

        // Broken after a while: the call to be canceled has come to its service by then.
        using HttpResponseMessage response = await Http.GetAsync("/products/11?break=stock&slow=stock:200,prices:1500").WithWatchdog();

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        await AssertProblemAsync(HttpStatusCode.BadGateway, response);
        Assert.True(elapsed < TimeSpan.FromMilliseconds(750), $"Took {elapsed.TotalMilliseconds} ms.");
        await Shop.RequestEndedAsync("/upstream/prices/11", 499);
        UpstreamCallRecord call = Assert.Single(await Shop.CallsAsync("/upstream/prices/11"));
        Assert.Equal(CallOutcome.Cancelled, call.Outcome);
        Assert.InRange(call.DurationMs, 0, 1000);
    }

    // R23, R29
    [Fact]
    public async Task GetProduct_WhenARequiredServiceIsSlowerThanTheLimit_Answers504AtTheLimit()
    {
        using HttpResponseMessage response = await Http.GetAsync("/products/12?slow=prices:20000").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.GatewayTimeout, response);
        await Shop.RequestEndedAsync("/upstream/prices/12", 499);
        UpstreamCallRecord call = Assert.Single(await Shop.CallsAsync("/upstream/prices/12"));
        Assert.Equal(CallOutcome.Cancelled, call.Outcome);
        Assert.InRange(call.DurationMs, 1500, 10_000);
    }

    [Fact]
    public async Task GetProduct_WhenReviewsAreBroken_ShowsNone()
    {
        ProductPage page = (await Http.GetFromJsonAsync<ProductPage>("/products/13?break=reviews", Storefront.Json).WithWatchdog())!;

        Assert.Empty(page.Reviews);
        Assert.Equal(SampleData.PriceOf(13), page.Price);
    }

    // R11: the client's own timeout is a failure, and a failure of an optional child is a fallback.
    [Fact]
    public async Task GetProduct_WhenReviewsAreSlowerThanTheirLimit_ShowsNone()
    {
        ProductPage page = (await Http.GetFromJsonAsync<ProductPage>("/products/14?slow=reviews:20000", Storefront.Json).WithWatchdog())!;

        Assert.Empty(page.Reviews);
        await Shop.RequestEndedAsync("/upstream/reviews/14", 499);
        Assert.Equal(CallOutcome.Cancelled, Assert.Single(await Shop.CallsAsync("/upstream/reviews/14")).Outcome);
    }

    [Fact]
    public async Task GetProduct_WhenPricesFailQuickly_TriesThreeTimesThenAnswers502()
    {
        using HttpResponseMessage response = await Http.GetAsync("/products/15?break=prices").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadGateway, response);
        await Shop.Log.WaitForAsync(entry => entry.Level == LogLevel.Warning && entry.Exception is null
            && entry.Message.StartsWith("Answering 502: \"The prices service failed: ", StringComparison.Ordinal)).WithWatchdog();
        UpstreamCallRecord[] calls = await Shop.CallsAsync("/upstream/prices/15");
        Assert.Equal(3, calls.Length);
        Assert.All(calls, call => Assert.Equal(CallOutcome.Failed, call.Outcome));
    }

    [Fact]
    public async Task GetProduct_WhenPricesFailSlowly_DoesNotSpendTheLimitOnRetries()
    {
        using HttpResponseMessage response = await Http.GetAsync("/products/16?break=prices&slow=prices:800").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadGateway, response);
        Assert.Single(await Shop.CallsAsync("/upstream/prices/16"));
    }

    [Fact]
    public async Task GetProduct_WhenTheProductIsUnknown_Answers404WithoutWaitingForTheServices()
    {
        using HttpResponseMessage response = await Http.GetAsync("/products/99999?slow=prices:20000").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.NotFound, response);

        // A database that answers at once cancels the call before it is sent, so the service may not have received it.
        Assert.All(await Shop.CallsAsync("/upstream/prices/99999"), call => Assert.Equal(CallOutcome.Cancelled, call.Outcome));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    [InlineData("%20")]
    [InlineData("1;drop")]
    public async Task GetProduct_WhenTheIdIsMalformed_Answers404(string id)
    {
        using HttpResponseMessage response = await Http.GetAsync($"/products/{id}").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.NotFound, response);
    }

    [Theory]
    [InlineData("slow=weather:100")]
    [InlineData("slow=prices")]
    [InlineData("slow=prices:")]
    [InlineData("slow=prices:-1")]
    [InlineData("slow=prices:abc")]
    [InlineData("slow=prices:1.5")]
    [InlineData("slow=prices:%2B5")]
    [InlineData("slow=prices:60001")]
    [InlineData("slow=prices:99999999999999999999")]
    [InlineData("slow=prices:1:2")]
    [InlineData("slow=prices:1,")]
    [InlineData("slow=prices:1,prices:2")]
    [InlineData("slow=PRICES:1")]
    [InlineData("slow=")]
    [InlineData("slow=:5")]
    [InlineData("break=weather")]
    [InlineData("break=")]
    [InlineData("break=stock,stock")]
    [InlineData("break=stock:1")]
    [InlineData("break=stock&slow=weather:1")]
    public async Task GetProduct_WhenTheFaultsAreMalformed_Answers400AndSaysWhatToType(string query)
    {
        using HttpResponseMessage response = await Http.GetAsync($"/products/17?{query}").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadRequest, response);
        Assert.Contains("Type ", await response.Content.ReadAsStringAsync().WithWatchdog(), StringComparison.Ordinal);
        Assert.Empty(await Shop.CallsAsync("/upstream/prices/17"));
    }

    [Theory]
    [InlineData("slow=prices:1,stock:2&slow=reviews:3")]
    [InlineData("slow=prices:0")]
    public async Task GetProduct_WhenTheFaultsAreSmall_ShowsThePage(string query)
    {
        ProductPage page = (await Http.GetFromJsonAsync<ProductPage>($"/products/18?{query}", Storefront.Json).WithWatchdog())!;

        Assert.NotEmpty(page.Reviews);
    }
}

public sealed class SqliteProductTests(SqliteFiles database) : ProductTests(database);

public sealed class PostgresProductTests(PostgresServer database) : ProductTests(database);
