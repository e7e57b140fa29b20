using System.Globalization;
using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>Rows that are written while the prices of later ones are looked up.</summary>
public abstract class ExportTests(TestDatabase database) : StorefrontTests(database)
{
    private const string Header = "id,productName,quantity,total,price";

    private static readonly string[] Names = [.. SampleData.Products().Select(product => product.Name)];

    [Fact]
    public async Task Export_WithACount_WritesThatManyOrdersById()
    {
        await using Storefront shop = Start();
        (string Query, int Count)[] exports =
            [("?count=200", 200), ("?count=1", 1), ("", 1_000), ("?count=2147483647", SampleData.OrderCount)];
        foreach ((string query, int count) in exports)
        {
            using HttpResponseMessage response = await shop.Http.GetAsync($"/exports/orders.csv{query}").WithWatchdog();

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("text/csv", response.Content.Headers.ContentType?.MediaType);
            string[] lines = (await response.Content.ReadAsStringAsync().WithWatchdog()).Split('\n');
            Assert.Equal(Header, lines[0]);
            Assert.Equal("", lines[^1]);
            Assert.Equal(SampleData.Orders().Take(count).Select(Row), lines[1..^1]);
        }
    }

    // R28: the response has begun, so nothing but the connection can say that it is not whole.
    [Fact]
    public async Task Export_WhenThePriceServiceBreaks_AbortsTheConnection()
    {
        await using Storefront shop = Start();
        using HttpResponseMessage response = await shop.Http.GetAsync(
            "/exports/orders.csv?count=200&break=prices", HttpCompletionOption.ResponseHeadersRead).WithWatchdog();
        using StreamReader body = new(await response.Content.ReadAsStreamAsync().WithWatchdog());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Header, await body.ReadLineAsync().WithWatchdog());
        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadToEndAsync()).WithWatchdog();

        // One failure, one line: it names the service, and neither exception handling nor the server says it again.
        await shop.RequestFinishedAsync("/exports/orders.csv");
        LogEntry[] warnings = [.. shop.Log.Entries.Where(entry => entry.Level >= LogLevel.Warning && IsOfTheExport(entry))];
        Assert.All(warnings, entry => Assert.Equal((LogLevel.Warning, null), (entry.Level, entry.Exception)));
        Assert.Single(warnings, entry => entry.Message.StartsWith(
            "The response of \"/exports/orders.csv\" was broken off: \"The prices service failed: ", StringComparison.Ordinal));
        Assert.Single(warnings, entry => entry.Message.StartsWith("HTTP \"GET\" \"/exports/orders.csv\"", StringComparison.Ordinal));
        Assert.Equal(2, warnings.Length);

        // The calls to the service are requests of their own. Rows that failed beside the first are failures of their own.
        static bool IsOfTheExport(LogEntry entry) =>
            (entry.Properties.GetValueOrDefault("RequestPath") as string)?.StartsWith("/upstream", StringComparison.Ordinal) != true
            && entry.Category != "TaskGroups.AspNetCore.Requests";
    }

    [Fact]
    public async Task Export_WhenTheClientLeaves_StopsTheLookupsQuietly()
    {
        await using Storefront shop = Start();
        // By default a client would read the rest to keep the connection.
        using HttpClient http = new(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = shop.Http.BaseAddress };
        using (HttpResponseMessage response = await http.GetAsync(
            "/exports/orders.csv?slow=prices:50", HttpCompletionOption.ResponseHeadersRead).WithWatchdog())
        {
            using StreamReader body = new(await response.Content.ReadAsStreamAsync().WithWatchdog());
            for (int line = 0; line < 20; line++)
            {
                Assert.NotNull(await body.ReadLineAsync().WithWatchdog());
            }
        }

        await shop.RequestEndedAsync("/exports/orders.csv");
        Assert.InRange((await shop.CallsAsync()).Length, 20, 150);
        Assert.DoesNotContain(shop.Log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    public async Task Export_WhenTheCountIsBad_Answers400(string count)
    {
        using HttpResponseMessage response = await Http.GetAsync($"/exports/orders.csv?count={count}").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.BadRequest, response);
    }

    private static string Row(Order order) => string.Create(
        CultureInfo.InvariantCulture,
        $"{order.Id},{Names[order.ProductId - 1]},{order.Quantity},{order.Total:0.00},{SampleData.PriceOf(order.ProductId):0.00}");

    // An export asks for the prices of nearly all products: apart from the tests that count the calls of theirs.
    private Storefront Start()
    {
        Storefront shop = new() { ConnectionString = NewDatabase() };
        shop.Start();
        return shop;
    }
}

public sealed class SqliteExportTests(SqliteFiles database) : ExportTests(database);

public sealed class PostgresExportTests(PostgresServer database) : ExportTests(database);
