using System.Net;
using System.Text.Json;
using TaskGroups.Testing;

namespace SampleApi.Tests;

public abstract class UpstreamTests(TestDatabase database) : StorefrontTests(database)
{
    [Fact]
    public async Task Upstreams_WhenAsked_Answer()
    {
        PriceAnswer? price = await Http.GetFromJsonAsync<PriceAnswer>("/upstream/prices/21").WithWatchdog();
        StockAnswer? stock = await Http.GetFromJsonAsync<StockAnswer>("/upstream/stock/21").WithWatchdog();
        Review[]? reviews = await Http.GetFromJsonAsync<Review[]>("/upstream/reviews/21").WithWatchdog();

        Assert.Equal(SimulatedAnswers.Price(21), price);
        Assert.Equal(SimulatedAnswers.Stock(21), stock);
        Assert.Equal(SimulatedAnswers.Reviews(21), reviews);
    }

    [Fact]
    public async Task Upstreams_WhenAskedToFail_AnswerWithAProblem()
    {
        using HttpResponseMessage response = await Http.GetAsync("/upstream/stock/22?fail=true&delayMs=20").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.ServiceUnavailable, response);
        UpstreamCallRecord call = Assert.Single(await Shop.CallsAsync("/upstream/stock/22"));
        Assert.Equal(CallOutcome.Failed, call.Outcome);
        Assert.InRange(call.DurationMs, 15, 10_000);
    }

    [Theory]
    [InlineData("prices/1?delayMs=-1", HttpStatusCode.BadRequest)]
    [InlineData("prices/1?delayMs=60001", HttpStatusCode.BadRequest)]
    [InlineData("stock/1?delayMs=abc", HttpStatusCode.BadRequest)]
    [InlineData("reviews/1?fail=perhaps", HttpStatusCode.BadRequest)]
    [InlineData("reviews/abc", HttpStatusCode.NotFound)]
    [InlineData("reviews/-7", HttpStatusCode.NotFound)]
    [InlineData("weather/1", HttpStatusCode.NotFound)]
    public async Task Upstreams_WhenTheCallIsBad_AnswerWithAProblem(string call, HttpStatusCode status)
    {
        using HttpResponseMessage response = await Http.GetAsync($"/upstream/{call}").WithWatchdog();

        await AssertProblemAsync(status, response);
    }

    [Fact]
    public async Task Calls_WhenThereWereMoreThan200_ShowsTheLast200InTheOrderTheyEnded()
    {
        foreach (int i in Enumerable.Range(0, 205))
        {
            using HttpResponseMessage _ = await Http.GetAsync($"/upstream/stock/{500 + i}").WithWatchdog();
        }

        JsonElement calls = await Http.GetFromJsonAsync<JsonElement>("/upstream/calls").WithWatchdog();

        Assert.Equal(200, calls.GetArrayLength());
        Assert.Equal("/upstream/stock/505", calls[0].GetProperty("path").GetString());
        JsonElement last = calls[199];
        Assert.Equal("/upstream/stock/704", last.GetProperty("path").GetString());
        Assert.Equal("completed", last.GetProperty("outcome").GetString());
        Assert.InRange(last.GetProperty("durationMs").GetInt32(), 0, 10_000);
        Assert.Equal(TimeSpan.Zero, last.GetProperty("startedAt").GetDateTimeOffset().Offset);
    }
}

public sealed class SqliteUpstreamTests(SqliteFiles database) : UpstreamTests(database);

public sealed class PostgresUpstreamTests(PostgresServer database) : UpstreamTests(database);
