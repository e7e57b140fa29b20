using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using TaskGroups.Hosting;

namespace SampleApi;

/// <summary>
/// Creates and seeds the database before the server listens. A PostgreSQL that is down does not keep the server from starting: requests
/// are answered 503, and a background child tries again until the database is there.
/// </summary>
internal sealed class DatabaseSetup(
    IServiceScopeFactory scopes,
    IBackgroundTaskGroup background,
    ILogger<DatabaseSetup> logger) : IHostedService
{
    private const long AdvisoryLock = 0x53544F5245; // any number, the same in all replicas

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once tables and rows are there.</summary>
    public Task Done => _done.Task;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SetUpAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFailure.IsUnavailable(e))
        {
            logger.DatabaseIsMissingAtStart(e.Message);
            // With the stopping token: a shutdown does not wait for a database that is not there.
            background.Run(
                _ => DatabaseFailure.UntilItIsThere.ExecuteAsync(async ct => await SetUpAsync(ct), background.StoppingToken).AsTask(),
                name: "database setup");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        StorefrontDb db = scope.ServiceProvider.GetRequiredService<StorefrontDb>();

        await CreateDatabaseAsync(db, cancellationToken);
        await db.Database.OpenConnectionAsync(cancellationToken);
        // Replicas that start together wait here for the first one. The lock ends with the connection's session.
        if (db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({AdvisoryLock})", cancellationToken);
        }

        await CreateTablesAsync(db, cancellationToken);
        if (!await db.Products.AnyAsync(cancellationToken))
        {
            await SeedAsync(db, cancellationToken);
        }

        if (db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({AdvisoryLock})", cancellationToken);
        }

        _done.TrySetResult();
        logger.DatabaseIsReady();
    }

    private static async Task CreateDatabaseAsync(StorefrontDb db, CancellationToken cancellationToken)
    {
        IRelationalDatabaseCreator creator = db.GetService<IRelationalDatabaseCreator>();
        try
        {
            if (!await creator.ExistsAsync(cancellationToken))
            {
                await creator.CreateAsync(cancellationToken);
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica was faster.
        }
    }

    // Not EnsureCreated on PostgreSQL: it creates nothing where any table is, and those of the jobs may have come first.
    private static async Task CreateTablesAsync(StorefrontDb db, CancellationToken cancellationToken)
    {
        if (!db.Database.IsNpgsql())
        {
            await db.Database.EnsureCreatedAsync(cancellationToken);
        }
        else if (!await db.Database.SqlQuery<bool>($"""SELECT to_regclass('"Orders"') IS NOT NULL AS "Value" """)
            .SingleAsync(cancellationToken))
        {
            await db.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(cancellationToken);
        }
    }

    private static async Task SeedAsync(StorefrontDb db, CancellationToken cancellationToken)
    {
        await using IDbContextTransaction transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        db.AddRange(SampleData.Products());
        db.AddRange(SampleData.Orders());
        await db.SaveChangesAsync(cancellationToken);
        if (db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlRawAsync(
                """SELECT setval(pg_get_serial_sequence('"Orders"', 'Id'), max("Id")) FROM "Orders" """,
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
