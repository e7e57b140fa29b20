using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that docs/testing.md shows: tests of a user's code, which run here as they stand there.</summary>
public sealed class TestingPageTests
{
    // <snippet: test-real-group>
    [Fact]
    public async Task Page_WhenBothAnswer_HasPriceAndStock()
    {
        var shop = new FakeShop(price: 10, stock: 3);

        string page = await TaskGroup.RunAsync(tasks => new ProductPage(tasks, shop).RenderAsync(7));

        Assert.Equal("7: 10, 3", page);
    }
    // </snippet>

    // <snippet: test-run-scoped>
    [Fact]
    public async Task Report_WhenTwoQueriesRun_GivesEachItsOwnDatabase()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddTaskGroups()
            .AddScoped<FakeDb>()
            .AddScoped<Report>()
            .BuildServiceProvider();
        await using AsyncServiceScope scope = services.CreateAsyncScope();

        int rows = await scope.ServiceProvider.GetRequiredService<Report>().CountAsync();

        Assert.Equal(2, rows);
    }
    // </snippet>

    // <snippet: test-token>
    [Fact]
    public async Task Page_WhenTheCallerLeaves_CancelsTheCall()
    {
        var shop = new FakeShop(price: 10, stock: 3) { WaitsForEver = true };
        using var caller = new CancellationTokenSource();

        Task<string> page = TaskGroup.RunAsync(tasks => new ProductPage(tasks, shop).RenderAsync(7), caller.Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => page);
        Assert.NotEqual(caller.Token, shop.Seen); // the group's own token...
        Assert.True(shop.Seen.IsCancellationRequested); // ...which fires with the caller's
    }
    // </snippet>

    // <snippet: test-time>
    [Fact]
    public async Task Page_WhenTheShopIsSlow_TimesOut()
    {
        var time = new FakeTimeProvider();
        var options = new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(2), TimeProvider = time };
        var shop = new FakeShop(price: 10, stock: 3) { WaitsForEver = true };

        Task<string> page = TaskGroup.RunAsync(tasks => new ProductPage(tasks, shop).RenderAsync(7), options);
        time.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<TimeoutException>(() => page);
    }
    // </snippet>

    // <snippet: test-drain>
    [Fact]
    public async Task Receipts_WhenTheHostStops_AreWritten()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddTaskGroups().AddScoped<FakeDb>();
        using IHost host = builder.Build();
        await host.StartAsync();
        IBackgroundTaskGroup background = host.Services.GetRequiredService<IBackgroundTaskGroup>();

        Task<int> receipt = background.RunScoped((FakeDb db, CancellationToken ct) => db.CountAsync(ct));
        await host.StopAsync(); // waits for it

        Assert.True(receipt.IsCompletedSuccessfully);
        Assert.Throws<InvalidOperationException>(Start);

        void Start() => background.Run(_ => Task.CompletedTask);
    }
    // </snippet>

    public sealed class ProductPage(ITaskGroup tasks, FakeShop shop)
    {
        public async Task<string> RenderAsync(int id)
        {
            Task<int> price = tasks.Run(ct => shop.GetPriceAsync(id, ct));
            Task<int> stock = tasks.Run(ct => shop.GetStockAsync(id, ct));
            return $"{id}: {await price}, {await stock}";
        }
    }

    public sealed class Report(ITaskGroup tasks)
    {
        public async Task<int> CountAsync()
        {
            Task<int> orders = tasks.RunScoped((FakeDb db, CancellationToken ct) => db.CountAsync(ct));
            Task<int> products = tasks.RunScoped((FakeDb db, CancellationToken ct) => db.CountAsync(ct));
            return await orders + await products;
        }
    }

    public sealed class FakeShop(int price, int stock)
    {
        public bool WaitsForEver { get; init; }

        public CancellationToken Seen { get; private set; }

        public async Task<int> GetPriceAsync(int id, CancellationToken cancellationToken)
        {
            Seen = cancellationToken;
            await Task.Delay(WaitsForEver ? Timeout.Infinite : id * 0, cancellationToken);
            return price;
        }

        public Task<int> GetStockAsync(int id, CancellationToken cancellationToken) => Task.FromResult(stock);
    }

    public sealed class FakeDb
    {
        private int _uses;

        // Like a DbContext: for one at a time.
        public async Task<int> CountAsync(CancellationToken cancellationToken)
        {
            Assert.Equal(1, Interlocked.Increment(ref _uses));
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            return 1;
        }
    }
}
