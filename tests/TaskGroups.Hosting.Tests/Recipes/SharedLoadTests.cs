using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>docs/recipes.md: one load for many.</summary>
public sealed class SharedLoadTests
{
    // One load in flight for each key, however many children ask for it
    [Fact]
    public async Task GetAll_WhenManyChildrenAskForOneKey_LoadsItOnce()
    {
        await using ServiceProvider services = Build();
        Shop shop = services.GetRequiredService<Shop>();
        shop.Released.Open();

        Product[] products = await services.GetRequiredService<ITaskGroupFactory>()
            .RunAsync(tasks => new Catalog(services.GetRequiredService<HybridCache>(), shop).GetAllAsync(tasks, [7, 7, 8, 7]))
            .WithWatchdog();

        Assert.Equal([7, 7, 8, 7], products.Select(product => product.Id));
        Assert.Equal(["7", "8"], shop.Loads.Steps.Order());
    }

    // R17: a canceled group leaves the load to the groups that still wait for it
    [Fact]
    public async Task GetAll_WhenOneCallerLeaves_FinishesTheLoadForTheOthers()
    {
        await using ServiceProvider services = Build();
        Shop shop = services.GetRequiredService<Shop>();
        ITaskGroupFactory groups = services.GetRequiredService<ITaskGroupFactory>();
        var catalog = new Catalog(services.GetRequiredService<HybridCache>(), shop);
        using var leaves = new CancellationTokenSource();

        Task<Product[]> first = groups.RunAsync(tasks => catalog.GetAllAsync(tasks, [7]), cancellationToken: leaves.Token);
        await shop.Asked.WaitAsync().WithWatchdog();
        Task<Product[]> second = groups.RunAsync(tasks => catalog.GetAllAsync(tasks, [7]));
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithWatchdog());
        shop.Released.Open();

        Assert.Equal(7, Assert.Single(await second.WithWatchdog()).Id);
        Assert.Equal(["7"], shop.Loads.Steps);
    }

    private static ServiceProvider Build()
    {
        IServiceCollection services = new ServiceCollection().AddTaskGroups().AddSingleton<Shop>();
        services.AddHybridCache();
        return services.BuildServiceProvider();
    }

    // <snippet: shared-load>
    public sealed class Catalog(HybridCache cache, Shop shop)
    {
        public Task<Product[]> GetAllAsync(ITaskGroup tasks, IEnumerable<int> ids) =>
            tasks.MapAsync(ids, (id, ct) => GetAsync(id, ct), maxConcurrency: 8);

        private Task<Product> GetAsync(int id, CancellationToken cancellationToken) =>
            cache.GetOrCreateAsync(
                $"product/{id}",
                (shop, id),
                static async (it, ct) => await it.shop.LoadAsync(it.id, ct), // ct fires when every caller has left
                cancellationToken: cancellationToken).AsTask();
    }
    // </snippet>

    public sealed record Product(int Id);

    public sealed class Shop
    {
        internal Gate Asked { get; } = new();

        internal Gate Released { get; } = new();

        internal Trail Loads { get; } = new();

        public async Task<Product> LoadAsync(int id, CancellationToken cancellationToken)
        {
            Loads.Add($"{id}");
            Asked.Open();
            await Released.WaitAsync(cancellationToken);
            return new Product(id);
        }
    }
}
