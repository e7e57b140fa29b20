using TaskGroups.Testing;

namespace SampleApi.Tests;

public abstract class DisconnectTests(TestDatabase database) : StorefrontTests(database)
{
    // R29: the client leaves, the calls made for it end, and nothing is logged as a warning.
    [Fact]
    public async Task GetProduct_WhenClientsLeave_CancelsTheirCallsQuietly()
    {
        await Http.GetAsync("/products/300").WithWatchdog(); // warm-up
        int before = Shop.Log.Entries.Count;
        int[] ids = [.. Enumerable.Range(301, 20)];

        await Task.WhenAll(ids.Select(async id =>
        {
            using CancellationTokenSource leaves = new();
            Task<HttpResponseMessage> request = Http.GetAsync($"/products/{id}?slow=prices:20000", leaves.Token);
            await Shop.RequestBeganAsync($"/upstream/prices/{id}");
            await leaves.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
            await Shop.RequestEndedAsync($"/upstream/prices/{id}", 499);
            await Shop.RequestEndedAsync($"/products/{id}", 499);
        })).WithWatchdog();

        UpstreamCallRecord[] calls = [.. (await Task.WhenAll(ids.Select(id => Shop.CallsAsync($"/upstream/prices/{id}")))).SelectMany(
            c => c)];
        Assert.Equal(20, calls.Length);
        Assert.All(calls, call => Assert.Equal(CallOutcome.Cancelled, call.Outcome));
        Assert.All(calls, call => Assert.InRange(call.DurationMs, 0, 5_000));

        LogEntry[] log = [.. Shop.Log.Entries.Skip(before)];
        Assert.DoesNotContain(log, entry => entry.Level >= LogLevel.Warning);
        Assert.Equal(20, log.Count(entry => entry.Level == LogLevel.Debug
            && entry.Category == "TaskGroups.AspNetCore.RequestTaskGroupsMiddleware"
            && entry.Message.Contains("/products/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Upstreams_WhenTheCallerLeaves_RecordTheCallAsCancelledQuietly()
    {
        await Http.GetAsync("/upstream/stock/330").WithWatchdog(); // warm-up
        int before = Shop.Log.Entries.Count;
        using CancellationTokenSource leaves = new();

        Task<HttpResponseMessage> request = Http.GetAsync("/upstream/stock/331?delayMs=20000", leaves.Token);
        await Shop.RequestBeganAsync("/upstream/stock/331");
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        await Shop.RequestEndedAsync("/upstream/stock/331", 499);
        Assert.Equal(CallOutcome.Cancelled, Assert.Single(await Shop.CallsAsync("/upstream/stock/331")).Outcome);
        Assert.DoesNotContain(Shop.Log.Entries.Skip(before), entry => entry.Level >= LogLevel.Warning);
    }
}

public sealed class SqliteDisconnectTests(SqliteFiles database) : DisconnectTests(database);

public sealed class PostgresDisconnectTests(PostgresServer database) : DisconnectTests(database);
