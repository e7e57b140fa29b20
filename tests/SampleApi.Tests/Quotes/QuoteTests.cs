using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>A race of two carriers.</summary>
public abstract class QuoteTests(TestDatabase database) : StorefrontTests(database)
{
    [Theory]
    [InlineData(811, "carrier-a", "carrier-b")]
    [InlineData(812, "carrier-b", "carrier-a")]
    public async Task GetQuote_WhenOneCarrierIsQuicker_TakesItsQuoteAndCancelsTheOtherCall(int id, string winner, string loser)
    {
        Quote quote = (await Http.GetFromJsonAsync<Quote>($"/quotes/{id}?slow={loser}:20000", Storefront.Json).WithWatchdog())!;

        Assert.Equal(SimulatedAnswers.QuoteOf(winner, id), quote);
        await Shop.RequestEndedAsync($"/upstream/{loser}/{id}", 499);
        Assert.Equal(CallOutcome.Cancelled, Assert.Single(await Shop.CallsAsync($"/upstream/{loser}/{id}")).Outcome);
        Assert.Equal(CallOutcome.Completed, Assert.Single(await Shop.CallsAsync($"/upstream/{winner}/{id}")).Outcome);
    }

    [Fact]
    public async Task GetQuote_WithNothingAsked_AnswersTheQuoteOfACarrier()
    {
        string json = await Http.GetStringAsync("/quotes/813").WithWatchdog();

        Assert.Matches("^{\"carrier\":\"carrier-[ab]\",\"price\":[0-9.]+,\"days\":[0-9]+}$", json);
    }

    [Theory]
    [InlineData("carrier-a", "carrier-b")]
    [InlineData("carrier-b", "carrier-a")]
    public async Task GetQuote_WhenOneCarrierIsBroken_TakesTheOtherQuote(string broken, string other)
    {
        Quote quote = (await Http.GetFromJsonAsync<Quote>($"/quotes/814?break={broken}", Storefront.Json).WithWatchdog())!;

        Assert.Equal(SimulatedAnswers.QuoteOf(other, 814), quote);
    }

    [Fact]
    public async Task GetQuote_WhenBothCarriersAreBroken_Answers502()
    {
        using HttpResponseMessage response = await Http.GetAsync("/quotes/815?break=carrier-a,carrier-b").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadGateway, response);
    }

    [Fact]
    public async Task GetQuote_WhenBothCarriersAreSlowerThanTheLimit_Answers504AndCancelsBoth()
    {
        using HttpResponseMessage response = await Http.GetAsync("/quotes/816?slow=carrier-a:20000,carrier-b:20000").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.GatewayTimeout, response);
        foreach (string carrier in new[] { "carrier-a", "carrier-b" })
        {
            await Shop.RequestEndedAsync($"/upstream/{carrier}/816", 499);
            Assert.Equal(CallOutcome.Cancelled, Assert.Single(await Shop.CallsAsync($"/upstream/{carrier}/816")).Outcome);
        }
    }

    [Theory]
    [InlineData("99999")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("abc")]
    public async Task GetQuote_WhenTheProductIsUnknown_Answers404AndAsksNoCarrier(string id)
    {
        using HttpResponseMessage response = await Http.GetAsync($"/quotes/{id}").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.NotFound, response);
        Assert.Empty(await Shop.CallsAsync($"/upstream/carrier-a/{id}"));
    }
}

public sealed class SqliteQuoteTests(SqliteFiles database) : QuoteTests(database);

public sealed class PostgresQuoteTests(PostgresServer database) : QuoteTests(database);
