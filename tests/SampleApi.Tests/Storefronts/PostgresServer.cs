using Npgsql;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>A real PostgreSQL for all tests. Without one, tests that need it are skipped; with <c>CI=true</c> they fail.</summary>
public sealed class PostgresServer : TestDatabase
{
    private PostgresProcess? _server;

    public override async ValueTask InitializeAsync() => _server = await PostgresProcess.StartAsync();

    /// <summary>Names a database of this server that does not exist yet; skips or fails the running test if there is no server.</summary>
    internal override string NewDatabase()
    {
        string? missing = _server!.Missing;
        if (missing is not null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(missing);
        }

        Assert.SkipWhen(missing is not null, missing ?? "");
        return new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = $"storefront_{Guid.NewGuid():N}" }.ConnectionString;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await _server!.DisposeAsync();
    }
}
