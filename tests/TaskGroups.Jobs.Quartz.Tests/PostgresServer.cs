using Npgsql;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>A real PostgreSQL for all tests. Without one they are skipped; with <c>CI=true</c> they fail.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private PostgresProcess? _server;

    public PostgresProcess Process => _server!;

    public async ValueTask InitializeAsync() => _server = await PostgresProcess.StartAsync();

    /// <summary>Creates a database that is empty; skips or fails the running test if there is no server.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string? missing = Process.Missing;
        if (missing is not null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(missing);
        }

        Assert.SkipWhen(missing is not null, missing ?? "");
        string name = $"jobs_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(Process.ConnectionString);
        await using NpgsqlCommand create = source.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(Process.ConnectionString) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Process.DisposeAsync();
    }
}
