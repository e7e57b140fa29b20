using TaskGroups.Testing;

namespace SampleApi.Tests;

public sealed class OwedReceiptsTests(PostgresServer database) : StorefrontTests(database)
{
    // What is owed is written by a background child; an outage in the middle of that is no reason to wait for the next start.
    [Fact]
    public async Task Start_WhenTheDatabaseGoesAwayWhileOwedReceiptsAreRead_WritesThemOnceItIsBack()
    {
        string name = NewDatabase();
        int owed = await OweOneReceiptAsync(name);
        await using TcpRelay relay = TcpRelay.To(name);
        relay.Open();
        await using Storefront shop = LosingItsDatabase(relay, name);
        shop.Start();
        await shop.Log.WaitForAsync(MissesTheDatabase).WithWatchdog();

        relay.Open();

        await shop.Log.WaitForAsync(e => e.Message.StartsWith($"The receipt of order {owed} ", StringComparison.Ordinal)).WithWatchdog();
        Assert.DoesNotContain(shop.Log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Stop_WhileTheDatabaseIsAwayAndReceiptsAreOwed_DoesNotWaitForIt()
    {
        string name = NewDatabase();
        await OweOneReceiptAsync(name);
        await using TcpRelay relay = TcpRelay.To(name);
        relay.Open();
        Storefront shop = LosingItsDatabase(relay, name);
        shop.Start();
        await shop.Log.WaitForAsync(MissesTheDatabase).WithWatchdog();

        await shop.DisposeAsync().AsTask().WithWatchdog();

        Assert.DoesNotContain(shop.Log.Entries, entry => entry.Level >= LogLevel.Error);
        Assert.DoesNotContain(shop.Log.Entries, entry => entry.Message.StartsWith("The receipt of", StringComparison.Ordinal));
    }

    private static bool MissesTheDatabase(LogEntry entry) =>
        entry.Level >= LogLevel.Warning && DatabaseFailure.IsUnavailable(entry.Exception);

    /// <summary>The database goes away as the storefront asks which receipts are owed.</summary>
    private static Storefront LosingItsDatabase(TcpRelay relay, string name)
    {
        BeforeCommand outage = new("\"ReceiptSentAt\" IS NULL", relay.Close);
        return new Storefront
        {
            ConnectionString = relay.Through(name),
            Replace = services => services.ConfigureDbContext<StorefrontDb>(options => options.AddInterceptors(outage)),
            Settings = { ["Receipts:DelayMs"] = "0" },
        };
    }

    private static async Task<int> OweOneReceiptAsync(string name)
    {
        await using Storefront crashed = new() { ConnectionString = name };
        crashed.Start();
        await using AsyncServiceScope scope = crashed.Services.CreateAsyncScope();
        StorefrontDb db = scope.ServiceProvider.GetRequiredService<StorefrontDb>();
        Order order = new() { ProductId = 1, Quantity = 1, Total = 1, PlacedAt = DateTimeOffset.UnixEpoch };
        db.Orders.Add(order);
        await db.SaveChangesAsync().WithWatchdog();
        return order.Id;
    }
}
