using System.Net;
using Microsoft.EntityFrameworkCore;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace SampleApi.Tests;

public abstract class LifetimeTests(TestDatabase database) : StorefrontTests(database)
{
    // R33: from the first sign of shutdown on, while the server still takes connections.
    [Fact]
    public async Task Ready_WhenTheApplicationBeginsToStop_IsUnhealthy()
    {
        await using Storefront shop = new() { ConnectionString = NewDatabase() };
        shop.Start();
        IHostApplicationLifetime lifetime = shop.Services.GetRequiredService<IHostApplicationLifetime>();
        TaskCompletionSource<HttpStatusCode[]> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = lifetime.ApplicationStopping.Register(() =>
        {
            // The callback holds the shutdown up until the answers are there.
            using HttpResponseMessage ready = shop.Http.Send(new HttpRequestMessage(HttpMethod.Get, "/health/ready"));
            using HttpResponseMessage live = shop.Http.Send(new HttpRequestMessage(HttpMethod.Get, "/health/live"));
            seen.SetResult([ready.StatusCode, live.StatusCode]);
        });

        lifetime.StopApplication();

        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK], await seen.Task.WithWatchdog());
        Assert.DoesNotContain(shop.Log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task PlaceOrder_WhenTheBackgroundGroupRefuses_Answers503AndKeepsNoOrder()
    {
        await using Storefront shop = new()
        {
            ConnectionString = NewDatabase(),
            Replace = services => services.AddKeyedSingleton<IBackgroundTaskGroup, DrainingGroup>("receipts")
        };
        shop.Start();

        using HttpResponseMessage response = await shop.Http.PostAsJsonAsync("/orders", new { productId = 1, quantity = 1 }).WithWatchdog();

        await AssertProblemAsync(HttpStatusCode.ServiceUnavailable, response);
        Assert.NotNull(response.Headers.RetryAfter);
        await using AsyncServiceScope scope = shop.Services.CreateAsyncScope();
        StorefrontDb db = scope.ServiceProvider.GetRequiredService<StorefrontDb>();
        Assert.Equal(SampleData.OrderCount, await db.Orders.CountAsync().WithWatchdog());
    }

    // What a crash between the answer and the receipt leaves behind is an order without a receipt.
    [Fact]
    public async Task Start_WhenOrdersAreOwedTheirReceipts_WritesThem()
    {
        string database = NewDatabase();
        int[] owed;
        await using (Storefront crashed = new() { ConnectionString = database })
        {
            crashed.Start();
            await using AsyncServiceScope scope = crashed.Services.CreateAsyncScope();
            StorefrontDb db = scope.ServiceProvider.GetRequiredService<StorefrontDb>();
            Order[] orders = [.. Enumerable.Range(1, 20)
                .Select(i => new Order { ProductId = i, Quantity = 1, Total = 1, PlacedAt = DateTimeOffset.UnixEpoch })];
            db.Orders.AddRange(orders);
            await db.SaveChangesAsync().WithWatchdog();
            owed = [.. orders.Select(order => order.Id)];
        }

        await using Storefront next = new() { ConnectionString = database, Settings = { ["Receipts:DelayMs"] = "0" } };
        next.Start();

        await Task.WhenAll(
            owed.Select(id => next.Log.WaitForAsync(e => e.Message.StartsWith($"The receipt of order {id} ",
            StringComparison.Ordinal)))).WithWatchdog();
        Assert.Equal(owed.Select(id => $"receipt-{id}.json").Order(), Directory.GetFiles(next.Receipts).Select(Path.GetFileName).Order());
        await using AsyncServiceScope after = next.Services.CreateAsyncScope();
        Assert.False(
            await after.ServiceProvider.GetRequiredService<StorefrontDb>().Orders.AnyAsync(o => o.ReceiptSentAt == null).WithWatchdog());
    }

    [Fact]
    public async Task Start_WhenTheDatabaseIsSeeded_LeavesItAsItIs()
    {
        string database = NewDatabase();
        await using (Storefront first = new() { ConnectionString = database })
        {
            first.Start();
            using HttpResponseMessage response = await first.Http.PostAsJsonAsync("/orders", new { productId = 1, quantity = 1 })
                .WithWatchdog();
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        await using Storefront second = new() { ConnectionString = database };
        second.Start();

        await using AsyncServiceScope scope = second.Services.CreateAsyncScope();
        StorefrontDb db = scope.ServiceProvider.GetRequiredService<StorefrontDb>();
        Assert.Equal(
            (SampleData.ProductCount, SampleData.OrderCount + 1),
            (await db.Products.CountAsync().WithWatchdog(), await db.Orders.CountAsync().WithWatchdog()));
    }
}

public sealed class SqliteLifetimeTests(SqliteFiles database) : LifetimeTests(database);

public sealed class PostgresLifetimeTests(PostgresServer database) : LifetimeTests(database);
