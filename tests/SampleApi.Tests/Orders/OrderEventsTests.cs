using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using TaskGroups.Testing;

namespace SampleApi.Tests;

public abstract class OrderEventsTests(TestDatabase database) : StorefrontTests(database)
{
    [Fact]
    public async Task Events_WhenAnOrderIsPlaced_TellItAndItsReceipt()
    {
        await using Stream stream = await Http.GetStreamAsync("/orders/events").WithWatchdog();
        await using IAsyncEnumerator<SseItem<string>> events = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();

        using HttpResponseMessage answer = await Http.PostAsJsonAsync("/orders", new { productId = 831, quantity = 3 }).WithWatchdog();

        int id = int.Parse(answer.Headers.Location!.ToString()["/orders/".Length..], CultureInfo.InvariantCulture);
        (string placed, JsonElement order) = await NextAsync(events, id);
        Assert.Equal("placed", placed);
        Assert.Equal($$"""{"id":{{id}},"productId":831,"quantity":3}""", order.GetRawText());
        (string receipt, JsonElement sent) = await NextAsync(events, id);
        Assert.Equal("receipt", receipt);
        Assert.Equal(["id", "receiptSentAt"], sent.EnumerateObject().Select(each => each.Name));
        OrderPage page = (await Http.GetFromJsonAsync<OrderPage>(answer.Headers.Location).WithWatchdog())!;
        Assert.Equal(page.ReceiptSentAt!.Value, sent.GetProperty("receiptSentAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
    }

    // Other tests place orders in the same storefront.
    private static async Task<(string Type, JsonElement Data)> NextAsync(IAsyncEnumerator<SseItem<string>> events, int id)
    {
        while (await events.MoveNextAsync().AsTask().WithWatchdog())
        {
            JsonElement data = JsonDocument.Parse(events.Current.Data).RootElement;
            if (data.GetProperty("id").GetInt32() == id)
            {
                return (events.Current.EventType, data);
            }
        }

        throw new InvalidOperationException($"The stream ended before an event of order {id}.");
    }
}

public sealed class SqliteOrderEventsTests(SqliteFiles database) : OrderEventsTests(database);

public sealed class PostgresOrderEventsTests(PostgresServer database) : OrderEventsTests(database);

/// <summary>Watchers without a storefront.</summary>
public sealed class OrderWatcherTests
{
    private readonly OrderEvents _events = new(Microsoft.Extensions.Logging.Abstractions.NullLogger<OrderEvents>.Instance);

    [Fact]
    public async Task Watcher_ThatDoesNotRead_IsCutOffAndTheOthersGoOn()
    {
        using OrderEvents.Watcher slow = _events.Watch();
        using OrderEvents.Watcher quick = _events.Watch();
        for (int id = 1; id <= 1_001; id++)
        {
            _events.Placed(new Order { Id = id, ProductId = 1, Quantity = 1 });
            Assert.True(quick.Unread.TryRead(out SseItem<object> item));
            Assert.Equal(new OrderPlaced(id, 1, 1), item.Data);
        }

        int left = 0;
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (SseItem<object> unused in slow.Unread.ReadAllAsync())
            {
                left++;
            }
        });
        Assert.Equal(1_000, left);
    }

    [Fact]
    public void Watcher_WhenItIsDisposed_IsToldNothingMore()
    {
        OrderEvents.Watcher watcher = _events.Watch();

        watcher.Dispose();
        _events.ReceiptSent(7, DateTimeOffset.UnixEpoch);

        Assert.False(watcher.Unread.TryRead(out _));
    }
}
