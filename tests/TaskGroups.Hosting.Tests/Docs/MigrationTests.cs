using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that docs/from.md shows: what stood there before, and what stands there afterwards, both run.</summary>
public sealed class MigrationTests : IAsyncLifetime
{
    private readonly Trail _trail = new();
    private readonly Shop _shop = new();
    private TestHost _host = null!;

    private ITaskGroupFactory Groups => _host.Services.GetRequiredService<ITaskGroupFactory>();

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync(after: services => services
        .AddSingleton(_trail)
        .AddScoped<Mailer>()
        .AddSingleton<Registration>()
        .AddSingleton<ByTaskRun>()
        .AddSingleton<WorkQueue>()
        .AddHostedService<QueuedHostedService>());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    // From Task.WhenAll
    [Fact]
    public async Task WhenAll_BeforeAndAfter_GiveTheSamePage()
    {
        string before = await WithWhenAllAsync(7, CancellationToken.None).WithWatchdog();
        string after = await Groups.RunAsync(tasks => WithAGroupAsync(tasks, 7)).WithWatchdog();

        Assert.Equal(("7: 10, 3", "7: 10, 3"), (before, after));

        async Task<string> WithWhenAllAsync(int id, CancellationToken cancellationToken)
        {
            // <snippet: from-when-all>
            Task<int> price = _shop.GetPriceAsync(id, cancellationToken);
            Task<int> stock = _shop.GetStockAsync(id, cancellationToken);
            await Task.WhenAll(price, stock);
            return $"{id}: {await price}, {await stock}";
            // </snippet>
        }

        async Task<string> WithAGroupAsync(ITaskGroup tasks, int id)
        {
            // <snippet: to-group>
            Task<int> price = tasks.Run(ct => _shop.GetPriceAsync(id, ct));
            Task<int> stock = tasks.Run(ct => _shop.GetStockAsync(id, ct));
            return $"{id}: {await price}, {await stock}";
            // </snippet>
        }
    }

    // R9: what changes
    [Fact]
    public async Task WhenAll_WhenOneCallFails_WaitsForTheOtherAndTheGroupCancelsIt()
    {
        Task after = Groups.RunAsync(async tasks =>
        {
            Task slow = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
            tasks.Run(_ => Task.FromException(new IOException("no price")));
            await slow;
        });

        Assert.Equal("no price", (await Assert.ThrowsAsync<IOException>(() => after.WithWatchdog())).Message);
    }

    // From Parallel.ForEachAsync
    [Fact]
    public async Task ForEach_BeforeAndAfter_BookAll()
    {
        int[] orders = [1, 2, 3];
        CancellationToken cancellationToken = CancellationToken.None;

        // <snippet: from-parallel>
        await Parallel.ForEachAsync(
            orders,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken },
            async (order, ct) => await _shop.BookAsync(order, ct));
        // </snippet>

        await Groups.RunAsync(async tasks =>
        {
            // <snippet: to-for-each>
            await tasks.ForEachAsync(orders, _shop.BookAsync, maxConcurrency: 4);
            // </snippet>
        }).WithWatchdog();

        Assert.Equal(["1", "1", "2", "2", "3", "3"], _shop.Booked.Steps.Order());
    }

    // From _ = Task.Run
    [Fact]
    public async Task TaskRun_BeforeAndAfter_SendTheMail()
    {
        _host.Services.GetRequiredService<ByTaskRun>().Confirm(7);
        await _trail.WaitForAsync("mail 7").WithWatchdog();

        _host.Services.GetRequiredService<Registration>().Confirm(8);
        await _trail.WaitForAsync("mail 8").WithWatchdog();
    }

    // From Microsoft's queued hosted service
    [Fact]
    public async Task QueuedHostedService_BeforeAndAfter_RunTheWork()
    {
        WorkQueue queue = _host.Services.GetRequiredService<WorkQueue>();
        IBackgroundTaskGroup background = _host.Background;

        // <snippet: from-queued-service>
        await queue.QueueAsync(async (services, ct) =>
        {
            await using AsyncServiceScope scope = services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<Mailer>().SendAsync(7, ct);
        });
        // </snippet>
        await _trail.WaitForAsync("mail 7").WithWatchdog();

        // <snippet: to-background-scoped>
        background.RunScoped((Mailer mailer, CancellationToken ct) => mailer.SendAsync(8, ct), "mail 8");
        // </snippet>
        await _trail.WaitForAsync("mail 8").WithWatchdog();
    }

    // <snippet: from-task-run>
    public sealed class ByTaskRun(IServiceScopeFactory scopes, ILogger<ByTaskRun> logger)
    {
        public void Confirm(int user) => _ = Task.Run(async () =>
        {
            try
            {
                await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<Mailer>().SendAsync(user, CancellationToken.None);
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "The mail of {User} was not sent.", user);
            }
        });
    }
    // </snippet>

    // <snippet: to-background>
    public sealed class Registration(IBackgroundTaskGroup background)
    {
        public void Confirm(int user) =>
            background.RunScoped((Mailer mailer, CancellationToken ct) => mailer.SendAsync(user, ct), $"mail {user}");
    }
    // </snippet>

    public sealed class Mailer(Trail sent)
    {
        public Task SendAsync(int user, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sent.Add($"mail {user}");
            return Task.CompletedTask;
        }
    }

    /// <summary>The queue of Microsoft's sample.</summary>
    public sealed class WorkQueue
    {
        private readonly Channel<Func<IServiceProvider, CancellationToken, Task>> _work =
            Channel.CreateBounded<Func<IServiceProvider, CancellationToken, Task>>(100);

        public ValueTask QueueAsync(Func<IServiceProvider, CancellationToken, Task> work) => _work.Writer.WriteAsync(work);

        public ValueTask<Func<IServiceProvider, CancellationToken, Task>> DequeueAsync(CancellationToken cancellationToken) =>
            _work.Reader.ReadAsync(cancellationToken);
    }

    /// <summary>The reader of Microsoft's sample: one item after the other; what still waits when the host stops is lost.</summary>
    public sealed class QueuedHostedService(WorkQueue queue, IServiceProvider services) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                Func<IServiceProvider, CancellationToken, Task> work = await queue.DequeueAsync(stoppingToken);
                await work(services, stoppingToken);
            }
        }
    }

    public sealed class Shop
    {
        internal Trail Booked { get; } = new();

        public async Task<int> GetPriceAsync(int id, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return id + 3;
        }

        public async Task<int> GetStockAsync(int id, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return id - 4;
        }

        public async Task BookAsync(int order, CancellationToken cancellationToken)
        {
            await Task.Yield();
            Booked.Add($"{order}");
        }
    }
}
