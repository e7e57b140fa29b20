using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that the package's README.md shows, with what it is said to do.</summary>
public sealed class ReadmeTests
{
    // R33, R37: a receipt is written before the application ends, with a database of its own
    [Fact]
    public async Task RunScoped_WhenTheHostStops_IsWaitedFor()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddScoped<Db>().AddScoped<Checkout>().AddSingleton<Outbox>();

        // <snippet: background-group>
        builder.Services.AddTaskGroups(options =>
        {
            options.MaxConcurrency = 8;
            options.DrainTimeout = TimeSpan.FromSeconds(10);
            options.OnUnfinished = (child, ct) => SaveForLaterAsync(child.Name, ct);
        });
        // </snippet>

        using IHost host = builder.Build();
        await host.StartAsync().WithWatchdog();
        Outbox outbox = host.Services.GetRequiredService<Outbox>();
        await using (AsyncServiceScope request = host.Services.CreateAsyncScope())
        {
            request.ServiceProvider.GetRequiredService<Checkout>().Confirm(orderId: 7);
        }

        await outbox.Asked.WaitAsync().WithWatchdog();

        Task stop = host.StopAsync();
        outbox.IsOpen.Open();
        await stop.WithWatchdog();

        Assert.Equal(["receipt 7"], outbox.Receipts.Steps);

        static ValueTask SaveForLaterAsync(string child, CancellationToken cancellationToken) => throw new NotSupportedException(child);
    }

    // R37: two queries at once, a database each
    [Fact]
    public async Task RunScoped_WhenTwoChildrenNeedADatabase_GivesEachItsOwn()
    {
        await using ServiceProvider services = new ServiceCollection().AddTaskGroups().AddScoped<Db>().AddSingleton<Outbox>()
            .BuildServiceProvider();
        await using AsyncServiceScope scope = services.CreateAsyncScope();
        services.GetRequiredService<Outbox>().IsOpen.Open();
        ITaskGroup tasks = scope.ServiceProvider.GetRequiredService<ITaskGroup>();

        // <snippet: scope-per-child>
        Task<int> orders = tasks.RunScoped((Db db, CancellationToken ct) => db.CountOrdersAsync(ct));
        Task<int> products = tasks.RunScoped((Db db, CancellationToken ct) => db.CountProductsAsync(ct));
        int all = await orders + await products;
        // </snippet>

        Assert.Equal(2, all);
    }

    // <snippet: background-work>
    public sealed class Checkout(IBackgroundTaskGroup background)
    {
        public void Confirm(int orderId) =>
            background.RunScoped((Db db, CancellationToken ct) => db.WriteReceiptAsync(orderId, ct), $"receipt {orderId}");
    }
    // </snippet>

    public sealed class Outbox
    {
        internal Gate Asked { get; } = new();

        internal Gate IsOpen { get; } = new();

        internal Trail Receipts { get; } = new();
    }

    public sealed class Db(Outbox outbox) : IDisposable
    {
        private int _uses;
        private bool _isDisposed;

        public async Task WriteReceiptAsync(int orderId, CancellationToken cancellationToken)
        {
            await UseAsync(cancellationToken);
            outbox.Receipts.Add($"receipt {orderId}");
        }

        public Task<int> CountOrdersAsync(CancellationToken cancellationToken) => UseAsync(cancellationToken);

        public Task<int> CountProductsAsync(CancellationToken cancellationToken) => UseAsync(cancellationToken);

        public void Dispose() => _isDisposed = true;

        // Like a DbContext: for one at a time.
        private async Task<int> UseAsync(CancellationToken cancellationToken)
        {
            Assert.Equal(1, Interlocked.Increment(ref _uses));
            outbox.Asked.Open();
            await outbox.IsOpen.WaitAsync(cancellationToken);
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _uses;
        }
    }
}
