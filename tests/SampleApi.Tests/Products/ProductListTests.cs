using System.Net;
using System.Text.Json;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>A bounded map over many ids.</summary>
public abstract class ProductListTests(TestDatabase database) : StorefrontTests(database)
{
    [Fact]
    public async Task GetProducts_WhenSomeExist_ShowsThemInTheOrderAskedAndNamesTheOthers()
    {
        ProductList list = (await Http.GetFromJsonAsync<ProductList>(
            "/products?ids=803,801,99999,802,801,88888,99999", Storefront.Json).WithWatchdog())!;

        Assert.Equal([803, 801, 802], list.Products.Select(page => page.Id));
        Assert.Equal([99999, 88888], list.Missing);
        Assert.All(list.Products, page =>
        {
            Assert.Equal(SampleData.Products().Single(p => p.Id == page.Id).Name, page.Name);
            Assert.Equal((SampleData.PriceOf(page.Id), SimulatedAnswers.Stock(page.Id).Stock), (page.Price, page.Stock));
            Assert.Equal(SimulatedAnswers.Reviews(page.Id), page.Reviews);
        });
    }

    [Fact]
    public async Task GetProducts_Always_AnswersAnObjectWithTwoArrays()
    {
        string json = await Http.GetStringAsync("/products?ids=804").WithWatchdog();

        Assert.StartsWith("{\"products\":[{\"id\":804,\"name\":\"", json, StringComparison.Ordinal);
        Assert.EndsWith("],\"missing\":[]}", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetProducts_WhenNoneExists_NamesThemAndCallsNoService()
    {
        string json = await Http.GetStringAsync("/products?ids=90001,90002").WithWatchdog();

        Assert.Equal("{\"products\":[],\"missing\":[90001,90002]}", json);
        Assert.Empty(await Shop.CallsAsync("/upstream/prices/90001"));
    }

    // Eight at a time: no moment has more calls to one service under way.
    [Fact]
    public async Task GetProducts_WithAHundredIds_AsksForEightPagesAtATime()
    {
        ProductList list = (await Http.GetFromJsonAsync<ProductList>(
            $"/products?ids={string.Join(',', Enumerable.Range(820, 100))}&slow=prices:30", Storefront.Json).WithWatchdog())!;

        Assert.Equal(Enumerable.Range(820, 100), list.Products.Select(page => page.Id));
        UpstreamCallRecord[] calls = [.. (await Shop.CallsAsync())
            .Where(call => call.Path.StartsWith("/upstream/prices/", StringComparison.Ordinal) && call.DurationMs >= 30)];
        Assert.All(calls, call => Assert.InRange(
            calls.Count(other => other.StartedAt <= call.StartedAt && call.StartedAt < other.StartedAt.AddMilliseconds(30)), 1, 8));
    }

    [Fact]
    public async Task GetProducts_WhenARequiredServiceIsBroken_Answers502()
    {
        using HttpResponseMessage response = await Http.GetAsync("/products?ids=805,806&break=stock").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadGateway, response);
    }

    // R9: the failure of one page cancels the calls of the others.
    [Fact]
    public async Task GetProducts_WhenOnePageFails_CancelsTheCallsOfTheOthers()
    {
        using HttpResponseMessage response = await Http.GetAsync("/products?ids=807,808&slow=prices:20000,stock:300&break=stock")
            .WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadGateway, response);
        foreach (int id in new[] { 807, 808 })
        {
            await Shop.RequestEndedAsync($"/upstream/prices/{id}", 499);
            Assert.Equal(CallOutcome.Cancelled, (await Shop.CallsAsync($"/upstream/prices/{id}"))[^1].Outcome);
        }
    }

    [Fact]
    public async Task GetProducts_WhenReviewsAreBroken_ShowsNone()
    {
        ProductList list = (await Http.GetFromJsonAsync<ProductList>(
            "/products?ids=809,810&break=reviews", Storefront.Json).WithWatchdog())!;

        Assert.Equal(2, list.Products.Count);
        Assert.All(list.Products, page => Assert.Empty(page.Reviews));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?ids=")]
    [InlineData("?ids=,")]
    [InlineData("?ids=1,")]
    [InlineData("?ids=,1")]
    [InlineData("?ids=1,,2")]
    [InlineData("?ids=1;2")]
    [InlineData("?ids=abc")]
    [InlineData("?ids=1,abc")]
    [InlineData("?ids=1.5")]
    [InlineData("?ids=0")]
    [InlineData("?ids=-1")]
    [InlineData("?ids=1,-1")]
    [InlineData("?ids=%2B1")]
    [InlineData("?ids=%201")]
    [InlineData("?ids=99999999999")]
    [InlineData("?ids=1&ids=")]
    [InlineData("?ids=101 times")]
    public async Task GetProducts_WhenTheIdsAreBad_Answers400AndSaysWhatToType(string query)
    {
        query = query.Replace("101 times", string.Join(',', Enumerable.Range(1, 101)), StringComparison.Ordinal);

        using HttpResponseMessage response = await Http.GetAsync($"/products{query}").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadRequest, response);
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync().WithWatchdog());
        string? error = problem.RootElement.GetProperty("errors").GetProperty("ids")[0].GetString();
        Assert.Contains("Type ids=1,2,3", error, StringComparison.Ordinal);
    }
}

public sealed class SqliteProductListTests(SqliteFiles database) : ProductListTests(database);

public sealed class PostgresProductListTests(PostgresServer database) : ProductListTests(database);
