using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskGroups.Jobs.Tests;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>Jobs that are enqueued in the application's own transaction.</summary>
public sealed class TransactionTests(PostgresServer server) : IAsyncLifetime
{
    private string _database = "";
    private NpgsqlDataSource? _source;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _source = NpgsqlDataSource.Create(_database);
        await using Shop shop = NewShop();
        await shop.Database.EnsureCreatedAsync();
    }

    public async ValueTask DisposeAsync() => await _source!.DisposeAsync();

    [Fact]
    public async Task EnqueueAsync_InAnEfTransaction_HappensWithTheOrder()
    {
        await using JobHost host = await StartAsync();
        await using Shop shop = NewShop();
        await using (IDbContextTransaction transaction = await shop.Database.BeginTransactionAsync())
        {
            shop.Orders.Add(new Order { Id = 7 });
            await shop.SaveChangesAsync();
            await host.Jobs.EnqueueAsync(new Work(), new() { Id = "receipt-7", Transaction = transaction.GetDbTransaction() });
            Assert.Null(await host.Jobs.FindAsync("receipt-7"));
            await transaction.CommitAsync();
        }

        await host.InStateAsync("receipt-7", JobState.Succeeded);
    }

    // R46: it never runs if the transaction that enqueued it was rolled back.
    [Fact]
    public async Task EnqueueAsync_InAnEfTransactionThatIsRolledBack_NeverHappened()
    {
        List<string> ran = [];
        await using JobHost host = await StartAsync(call =>
        {
            ran.Add(call.Context.Id.Value);
            return Task.CompletedTask;
        });
        await using Shop shop = NewShop();
        await using (IDbContextTransaction transaction = await shop.Database.BeginTransactionAsync())
        {
            shop.Orders.Add(new Order { Id = 7 });
            await shop.SaveChangesAsync();
            await host.Jobs.EnqueueAsync(new Work(), new() { Id = "receipt-7", Transaction = transaction.GetDbTransaction() });
            await transaction.RollbackAsync();
        }

        JobId later = await host.Jobs.EnqueueAsync(new Work());
        await host.InStateAsync(later, JobState.Succeeded);

        Assert.Null(await host.Jobs.FindAsync("receipt-7"));
        Assert.Equal(0L, await CountAsync("qrtz_triggers where trigger_name = 'receipt-7'"));
        Assert.Equal([later.Value], ran);
    }

    [Fact]
    public async Task EnqueueAsync_InTwoTransactionsWithOneId_IsOneJob()
    {
        await using JobHost host = await StartAsync();
        await using NpgsqlConnection one = await _source!.OpenConnectionAsync();
        await using NpgsqlConnection two = await _source.OpenConnectionAsync();
        await using NpgsqlTransaction first = await one.BeginTransactionAsync();
        await using NpgsqlTransaction second = await two.BeginTransactionAsync();
        await host.Jobs.EnqueueAsync(new Work("first"), new() { Id = "same", Transaction = first });
        Task<JobId> waits = host.Jobs.EnqueueAsync(new Work("second"), new() { Id = "same", Transaction = second }).AsTask();

        await first.CommitAsync();
        await waits.WithWatchdog();
        await second.CommitAsync();

        Assert.Equal(1, (await host.InStateAsync("same", JobState.Succeeded)).Attempt);
        Assert.Equal(1L, await CountAsync("taskgroups_jobs"));
    }

    // What a transaction holds up, it holds up for all nodes: enqueueing takes no lock of the engine.
    [Fact]
    public async Task EnqueueAsync_InATransactionThatStaysOpen_HoldsUpNoOtherJob()
    {
        await using JobHost host = await StartAsync();
        await using NpgsqlConnection connection = await _source!.OpenConnectionAsync();
        await using NpgsqlTransaction open = await connection.BeginTransactionAsync();
        await host.Jobs.EnqueueAsync(new Work(), new() { Id = "open", Transaction = open });

        await host.InStateAsync(await host.Jobs.EnqueueAsync(new Work()), JobState.Succeeded);

        Assert.Null(await host.Jobs.FindAsync("open"));
        await open.CommitAsync();
        await host.InStateAsync("open", JobState.Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EnqueueAsync_WhenTheTransactionHasEnded_SaysSo(bool isDisposed)
    {
        await using JobHost host = await StartAsync();
        await using NpgsqlConnection connection = await _source!.OpenConnectionAsync();
        NpgsqlTransaction ended = await connection.BeginTransactionAsync();
        await ended.CommitAsync();
        if (isDisposed)
        {
            await ended.DisposeAsync();
        }

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await host.Jobs.EnqueueAsync(new Work(), new() { Transaction = ended }));

        Assert.Contains("'work' cannot be enqueued in a transaction that has ended", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheTransactionIsOfAnotherDatabase_NamesIt()
    {
        await using JobHost host = await StartAsync();
        string other = await server.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(other);
        await connection.OpenAsync();
        await using NpgsqlTransaction foreign = await connection.BeginTransactionAsync();

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            async () => await host.Jobs.EnqueueAsync(new Work(), new() { Transaction = foreign }));

        Assert.Contains($"'{connection.Database}'", refused.Message, StringComparison.Ordinal);
        await using var still = new NpgsqlCommand("select 1", connection, foreign);
        Assert.Equal(1, await still.ExecuteScalarAsync());
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheTransactionIsOfAnotherProvider_NamesIt()
    {
        await using JobHost host = await StartAsync();
        await using var connection = new SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync();
        await using DbTransaction foreign = await connection.BeginTransactionAsync();

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            async () => await host.Jobs.EnqueueAsync(new Work(), new() { Transaction = foreign }));

        Assert.Contains("SqliteTransaction", refused.Message, StringComparison.Ordinal);
    }

    private async Task<JobHost> StartAsync(Func<JobCall, Task>? script = null)
    {
        JobHost host = JobHost.Build(jobs => jobs.UseQuartz(quartz => quartz.UsePostgres(_database)), script);
        await host.Host.StartAsync().WithWatchdog();
        return host;
    }

    private async Task<long> CountAsync(string table)
    {
        await using NpgsqlCommand command = _source!.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private Shop NewShop() => new(new DbContextOptionsBuilder<Shop>().UseNpgsql(_database).Options);

    private sealed class Order
    {
        public int Id { get; set; }
    }

    private sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
    {
        public DbSet<Order> Orders => Set<Order>();
    }
}
