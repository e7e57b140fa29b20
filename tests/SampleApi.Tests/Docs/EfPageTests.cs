using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The code that docs/ef-and-identity.md shows, run on SQLite.</summary>
public sealed class EfPageTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-ef-page-");
    private ServiceProvider _services = null!;
    private AsyncServiceScope _request;

    private ITaskGroup Tasks => _request.ServiceProvider.GetRequiredService<ITaskGroup>();

    public async ValueTask InitializeAsync()
    {
        string file = Path.Combine(_folder.FullName, "shop.db");
        _services = new ServiceCollection()
            .AddTaskGroups()
            .AddDbContext<ShopDb>(options => options.UseSqlite($"Data Source={file};Pooling=False"))
            .AddScoped<Customers>()
            .BuildServiceProvider();
        _request = _services.CreateAsyncScope();
        ShopDb db = _request.ServiceProvider.GetRequiredService<ShopDb>();
        await db.Database.EnsureCreatedAsync();
        db.Add(new Purchase { Customer = 7, Total = 30 });
        db.Add(new Purchase { Customer = 7, Total = 12 });
        db.Add(new Purchase { Customer = 8, Total = 1 });
        await db.SaveChangesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _request.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // R37: a context for each child
    [Fact]
    public async Task Queries_InScopedChildren_RunSideBySide()
    {
        (int count, int total) = await ReadAsync(Tasks, customer: 7).WithWatchdog();

        Assert.Equal((2, 42), (count, total));

        static async Task<(int Count, int Total)> ReadAsync(ITaskGroup tasks, int customer)
        {
            // <snippet: ef-parallel-queries>
            Task<int> count = tasks.RunScoped((ShopDb db, CancellationToken ct) =>
                db.Purchases.CountAsync(purchase => purchase.Customer == customer, ct));
            Task<int> total = tasks.RunScoped((ShopDb db, CancellationToken ct) =>
                db.Purchases.Where(purchase => purchase.Customer == customer).SumAsync(purchase => purchase.Total, ct));
            return (await count, await total);
            // </snippet>
        }
    }

    // A child that is not needed is not started
    [Theory]
    [InlineData(true, "2 purchases, 42 in all")]
    [InlineData(false, "2 purchases")]
    public async Task Queries_WhenOneIsConditional_ShowWhatWasAskedFor(bool withTotal, string expected)
    {
        Assert.Equal(expected, await DescribeAsync(Tasks, customer: 7, withTotal).WithWatchdog());

        static async Task<string> DescribeAsync(ITaskGroup tasks, int customer, bool withTotal)
        {
            // <snippet: ef-conditional-child>
            Task<int> count = tasks.RunScoped((ShopDb db, CancellationToken ct) =>
                db.Purchases.CountAsync(purchase => purchase.Customer == customer, ct));
            Task<int>? total = withTotal
                ? tasks.RunScoped((ShopDb db, CancellationToken ct) =>
                    db.Purchases.Where(purchase => purchase.Customer == customer).SumAsync(purchase => purchase.Total, ct))
                : null;
            return total is null ? $"{await count} purchases" : $"{await count} purchases, {await total} in all";
            // </snippet>
        }
    }

    // A call that cannot be canceled is not begun where the group has been canceled, and what comes after it is not either
    [Fact]
    public async Task Call_WithoutAToken_IsNotFollowedByAnotherWhenTheGroupIsCanceled()
    {
        Customers customers = _request.ServiceProvider.GetRequiredService<Customers>();
        ITaskGroup tasks = Tasks;
        Task<int> child = tasks.RunScoped((ShopDb db, CancellationToken ct) => FindAndCountAsync(customers, db, 7, ct));
        await customers.Asked.WaitAsync().WithWatchdog();

        tasks.Cancel();
        Assert.False(child.IsCompleted); // the group waits for the call
        customers.Answered.Open();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());

        static async Task<int> FindAndCountAsync(Customers customers, ShopDb db, int customer, CancellationToken ct)
        {
            // <snippet: call-without-token>
            string name = await customers.FindNameAsync(customer); // takes no token: the group waits for it
            ct.ThrowIfCancellationRequested();                     // but no query follows in a canceled group
            return await db.Purchases.CountAsync(purchase => purchase.Customer == customer && name != "", ct);
            // </snippet>
        }
    }

    public sealed class ShopDb(DbContextOptions<ShopDb> options) : DbContext(options)
    {
        public DbSet<Purchase> Purchases => Set<Purchase>();
    }

    public sealed class Purchase
    {
        public int Id { get; init; }

        public int Customer { get; init; }

        public int Total { get; init; }
    }

    /// <summary>What UserManager and many SDKs look like.</summary>
    public sealed class Customers
    {
        internal Gate Asked { get; } = new();

        internal Gate Answered { get; } = new();

        public async Task<string> FindNameAsync(int customer)
        {
            Asked.Open();
            await Answered.WaitAsync();
            return $"customer {customer}";
        }
    }
}
