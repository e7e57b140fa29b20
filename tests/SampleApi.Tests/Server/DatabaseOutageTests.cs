using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>A PostgreSQL that goes away and comes back.</summary>
public sealed class DatabaseOutageTests(PostgresServer database) : StorefrontTests(database)
{
    [Fact]
    public async Task Requests_WhileTheDatabaseIsAway_AreAnswered503AndRecoverWithIt()
    {
        string name = NewName();
        await using TcpRelay relay = TcpRelay.To(name);
        await using Storefront shop = new() { ConnectionString = relay.Through(name) };

        shop.Start();
        await AssertAwayAsync(shop);

        relay.Open();
        await shop.Log.WaitForAsync(e => e.Message == "The database is ready.").WithWatchdog();
        await AssertThereAsync(shop);

        relay.Close();
        await AssertAwayAsync(shop);

        relay.Open();
        await AssertThereAsync(shop);
        Assert.DoesNotContain(shop.Log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    // PostgreSQL drops all connections when it recovers from the crash of one; here an administrator drops them.
    [Fact]
    public async Task GetOrder_WhenItsConnectionsWereKilled_WorksAgainAtTheNextTry()
    {
        string name = NewDatabase();
        await using Storefront shop = new() { ConnectionString = name };
        shop.Start();
        await AssertThereAsync(shop);

        await using (NpgsqlConnection administrator = new(name))
        {
            await administrator.OpenAsync().WithWatchdog();
            await using NpgsqlCommand kill = new("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
                + "'storefront' AND datname = current_database()", administrator);
            await kill.ExecuteNonQueryAsync().WithWatchdog();
        }

        // Each answer is typed, and the pool heals within a few: two queries meet two dead connections at most at a time.
        List<HttpStatusCode> answers = [];
        for (int i = 0; i < 10 && answers.LastOrDefault() != HttpStatusCode.OK; i++)
        {
            using HttpResponseMessage response = await shop.Http.GetAsync("/orders/1").WithWatchdog();
            answers.Add(response.StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, answers[^1]);
        Assert.All(answers[..^1], answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer));
        Assert.DoesNotContain(shop.Log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Start_WhenTwoReplicasShareAFreshDatabase_SeedsItOnce()
    {
        string name = NewName();
        await using Storefront one = new() { ConnectionString = name };
        await using Storefront two = new() { ConnectionString = name };

        await Task.WhenAll(Task.Run(one.Start), Task.Run(two.Start)).WithWatchdog();

        await Task.WhenAll(new[] { one, two }.Select(shop => shop.Log.WaitForAsync(e => e.Message == "The database is ready.")))
            .WithWatchdog();
        await using AsyncServiceScope scope = one.Services.CreateAsyncScope();
        StorefrontDb db = scope.ServiceProvider.GetRequiredService<StorefrontDb>();
        Assert.Equal(
            (SampleData.ProductCount, SampleData.OrderCount),
            (await db.Products.CountAsync().WithWatchdog(), await db.Orders.CountAsync().WithWatchdog()));
        Assert.DoesNotContain(one.Log.Entries.Concat(two.Log.Entries), entry => entry.Level >= LogLevel.Error);
    }

    private static async Task AssertAwayAsync(Storefront shop)
    {
        foreach (string path in new[] { "/orders/1", "/products/1" })
        {
            long started = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await shop.Http.GetAsync(path).WithWatchdog();
            await AssertProblemAsync(HttpStatusCode.ServiceUnavailable, response);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2), $"{path} took {Stopwatch.GetElapsedTime(started)}.");
        }

        using HttpResponseMessage ready = await shop.Http.GetAsync("/health/ready").WithWatchdog();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using HttpResponseMessage live = await shop.Http.GetAsync("/health/live").WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    private static async Task AssertThereAsync(Storefront shop)
    {
        foreach (string path in new[] { "/orders/1", "/products/1", "/health/ready" })
        {
            using HttpResponseMessage response = await shop.Http.GetAsync(path).WithWatchdog();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
