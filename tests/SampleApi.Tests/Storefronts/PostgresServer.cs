using Npgsql;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>A real PostgreSQL for all tests. Without one, tests that need it are skipped; with <c>CI=true</c> they fail.</summary>
public sealed class PostgresServer : TestDatabase
{
    private PostgresProcess? _server;

    public override async ValueTask InitializeAsync() => _server = await PostgresProcess.StartAsync();

    internal override string NewName()
    {
        string? missing = _server!.Missing;
        if (missing is not null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(missing);
        }

        Assert.SkipWhen(missing is not null, missing ?? "");
        return Named($"storefront_{Guid.NewGuid():N}");
    }

    private protected override void Copy(string from, string to)
    {
        using NpgsqlConnection administrator = new(Named("postgres"));
        administrator.Open();
        using NpgsqlCommand create = new($"CREATE DATABASE {NameIn(to)} TEMPLATE {NameIn(from)}", administrator);
        create.ExecuteNonQuery();
    }

    private string Named(string database) =>
        new NpgsqlConnectionStringBuilder(_server!.ConnectionString) { Database = database }.ConnectionString;

    private static string NameIn(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database!;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await _server!.DisposeAsync();
    }
}
