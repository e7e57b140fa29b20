using System.Net;
using Microsoft.EntityFrameworkCore;
using TaskGroups.Jobs;
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

    // The order's row is the record of the receipt that it is owed: an order that was placed stays.
    [Fact]
    public async Task PlaceOrder_WhenNoJobIsTakenAnyMore_KeepsTheOrderForTheNextStart()
    {
        string database = NewDatabase();
        PlacedOrder placed;
        await using (Storefront closing = new()
        {
            ConnectionString = database,
            Replace = services => services.AddSingleton<IJobs, ClosedJobs>(),
        })
        {
            closing.Start();
            using HttpResponseMessage response = await closing.Http.PostAsJsonAsync("/orders", new { productId = 1, quantity = 1 })
                .WithWatchdog();
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            placed = (await response.Content.ReadFromJsonAsync<PlacedOrder>().WithWatchdog())!;
            Assert.Equal($"/orders/{placed.Id}", response.Headers.Location!.OriginalString);
        }

        await using Storefront next = new() { ConnectionString = database, Settings = { ["Receipts:DelayMs"] = "0" } };
        next.Start();

        await next.Log.WaitForAsync(e => e.Message.StartsWith($"The receipt of order {placed.Id} ", StringComparison.Ordinal))
            .WithWatchdog();
    }

    [Fact]
    public async Task Jobs_WhenAReceiptWasSent_ShowIt()
    {
        await using Storefront shop = new() { ConnectionString = NewDatabase() };
        shop.Start();
        using HttpResponseMessage placed = await shop.Http.PostAsJsonAsync("/orders", new { productId = 1, quantity = 1 }).WithWatchdog();
        PlacedOrder order = (await placed.Content.ReadFromJsonAsync<PlacedOrder>().WithWatchdog())!;
        await shop.Log.WaitForAsync(e => e.Message.StartsWith("The receipt of order", StringComparison.Ordinal)).WithWatchdog();

        JobStatus[] jobs = (await shop.Http.GetFromJsonAsync<JobStatus[]>("/jobs").WithWatchdog())!;

        JobStatus job = Assert.Single(jobs);
        Assert.Equal((new ReceiptDue(order.Id).Id, SendReceipt.Name, 1), (job.Id, job.Name, job.Attempt));
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
