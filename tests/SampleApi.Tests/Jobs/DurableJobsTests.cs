using System.Net;
using TaskGroups.Jobs;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The storefront with <c>Jobs:Engine=Quartz</c>.</summary>
public sealed class DurableJobsTests(PostgresServer database) : StorefrontTests(database)
{
    [Fact]
    public async Task PlaceOrder_WhenJobsAreDurable_CommitsTheReceiptWithTheOrder()
    {
        await using Storefront shop = NewStorefront(NewDatabase(), receiptMs: "0");
        shop.Start();

        PlacedOrder order = await PlaceAsync(shop);

        await ReceiptAsync(shop, order);
        JobStatus[] jobs = (await shop.Http.GetFromJsonAsync<JobStatus[]>("/jobs").WithWatchdog())!;
        Assert.Equal(new ReceiptDue(order.Id).Id, Assert.Single(jobs).Id);
    }

    [Fact]
    public async Task Stop_WhenAReceiptIsNotWritten_HandsItBackToTheNextStart()
    {
        string name = NewDatabase();
        PlacedOrder order;
        await using (Storefront stopping = NewStorefront(name, receiptMs: "600000"))
        {
            stopping.Settings["TaskGroups:Background:receipts:DrainTimeout"] = "00:00:00.1";
            stopping.Start();
            order = await PlaceAsync(stopping);
            await stopping.Log.WaitForAsync(e => e.Message.Contains("starts: attempt 1", StringComparison.Ordinal)).WithWatchdog();
            await stopping.DisposeAsync().AsTask().WithWatchdog();
            Assert.Contains(stopping.Log.Entries, e => e.Message.Contains("was handed back", StringComparison.Ordinal));
        }

        await using Storefront next = NewStorefront(name, receiptMs: "0");
        next.Start();

        await ReceiptAsync(next, order);
    }

    private static Storefront NewStorefront(string database, string receiptMs) => new()
    {
        ConnectionString = database,
        Settings = { ["Jobs:Engine"] = "Quartz", ["Receipts:DelayMs"] = receiptMs },
    };

    private static Task<LogEntry> ReceiptAsync(Storefront shop, PlacedOrder order) => shop.Log.WaitForAsync(
        e => e.Message.StartsWith($"The receipt of order {order.Id} ", StringComparison.Ordinal)).WithWatchdog();

    private static async Task<PlacedOrder> PlaceAsync(Storefront shop)
    {
        // The shop makes its database; the engine makes its tables in it when it is first asked for.
        await shop.Services.GetRequiredService<DatabaseSetup>().Done.WithWatchdog();
        using HttpResponseMessage response =
            await shop.Http.PostAsJsonAsync("/orders", new { productId = 1, quantity = 1 }).WithWatchdog();
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<PlacedOrder>().WithWatchdog())!;
    }
}
