using System.Net;
using System.Text;
using TaskGroups.Testing;

namespace SampleApi.Tests;

public abstract class OrderTests(TestDatabase database) : StorefrontTests(database)
{
    [Fact]
    public async Task PlaceOrder_WhenTheProductExists_IsAcceptedAndItsReceiptFollows()
    {
        using HttpResponseMessage response = await Http.PostAsJsonAsync("/orders", new { productId = 7, quantity = 3 }).WithWatchdog();

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Uri location = response.Headers.Location!;
        Assert.Matches("^/orders/[0-9]+$", location.ToString());
        int id = int.Parse(location.ToString()["/orders/".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(id > SampleData.OrderCount);

        await Shop.Log.WaitForAsync(e => e.Message.StartsWith($"The receipt of order {id} ", StringComparison.Ordinal)).WithWatchdog();
        OrderPage page = (await Http.GetFromJsonAsync<OrderPage>(location).WithWatchdog())!;
        Assert.Equal(new OrderPage(id, 7, SampleData.Products().ElementAt(6).Name, 3, 3 * SampleData.PriceOf(7), page.ReceiptSentAt), page);
        Assert.Equal(TimeSpan.Zero, page.ReceiptSentAt!.Value.Offset);

        string file = Assert.Single(Directory.GetFiles(Shop.Receipts, $"receipt-{id}.json"));
        Receipt receipt = System.Text.Json.JsonSerializer
            .Deserialize<Receipt>(await File.ReadAllTextAsync(file).WithWatchdog(), Storefront.Json)!;
        Assert.Equal((id, 7, 3, 3 * SampleData.PriceOf(7)), (receipt.OrderId, receipt.ProductId, receipt.Quantity, receipt.Total));
        Assert.Empty(Directory.GetFiles(Path.Combine(Shop.Receipts, ".unfinished")));
    }

    [Fact]
    public async Task GetOrder_WhenItWasSeeded_ShowsIt()
    {
        Order expected = SampleData.Orders().Last();

        OrderPage page = (await Http.GetFromJsonAsync<OrderPage>($"/orders/{expected.Id}").WithWatchdog())!;

        Assert.Equal(
            (expected.ProductId, expected.Quantity, expected.Total, expected.ReceiptSentAt),
            (page.ProductId, page.Quantity, page.Total, page.ReceiptSentAt));
    }

    [Theory]
    [InlineData("{\"productId\":1,\"quantity\":0}", 400)]
    [InlineData("{\"productId\":1,\"quantity\":-5}", 400)]
    [InlineData("{\"productId\":1,\"quantity\":10001}", 400)]
    [InlineData("{\"productId\":1,\"quantity\":99999999999}", 400)]
    [InlineData("{\"productId\":1,\"quantity\":1.5}", 400)]
    [InlineData("{\"productId\":1,\"quantity\":\"two\"}", 400)]
    [InlineData("{\"productId\":1,\"quantity\":null}", 400)]
    [InlineData("{\"productId\":1}", 400)]
    [InlineData("{\"quantity\":1}", 400)]
    [InlineData("{\"productId\":1,", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    [InlineData("", 400)]
    [InlineData("{\"productId\":99999,\"quantity\":1}", 404)]
    [InlineData("{\"productId\":0,\"quantity\":1}", 404)]
    [InlineData("{\"productId\":-1,\"quantity\":1}", 404)]
    public async Task PlaceOrder_WhenTheOrderIsBad_SaysSo(string body, int status)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await Http.PostAsync("/orders", content).WithWatchdog();

        await AssertProblemAsync((HttpStatusCode)status, response);
    }

    [Fact]
    public async Task PlaceOrder_WhenTheBodyIsNotJson_Answers415()
    {
        using StringContent content = new("two lamps, please", Encoding.UTF8, "text/plain");

        using HttpResponseMessage response = await Http.PostAsync("/orders", content).WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.UnsupportedMediaType, response);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("99999999")]
    [InlineData("99999999999")]
    public async Task GetOrder_WhenTheIdIsUnknownOrMalformed_Answers404(string id)
    {
        using HttpResponseMessage response = await Http.GetAsync($"/orders/{id}").WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.NotFound, response);
    }
}

public sealed class SqliteOrderTests(SqliteFiles database) : OrderTests(database);

public sealed class PostgresOrderTests(PostgresServer database) : OrderTests(database);
