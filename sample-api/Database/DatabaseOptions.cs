using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace SampleApi;

/// <summary>Which database, from <c>ConnectionStrings:Storefront</c>.</summary>
internal sealed class DatabaseOptions
{
    public string ConnectionString { get; set; } = "";

    public bool IsPostgres { get; set; }

    /// <summary>Reads the setting; a malformed one is an error that says what to type.</summary>
    internal sealed class Setup(IConfiguration configuration, IHostEnvironment environment) : IConfigureOptions<DatabaseOptions>
    {
        // Two replicas and their connections fit PostgreSQL's default of 100, unless their jobs are durable: these have pools of their own.
        // Waiting for a connection, and each command, is bounded, so that a database in trouble means a quick 503. What the user sets comes
        // later and wins.
        private const string PostgresDefaults = "Maximum Pool Size=40;Timeout=5;Command Timeout=5;Application Name=storefront;";
        private const string SqliteDefaults = "Default Timeout=10;";

        public void Configure(DatabaseOptions options)
        {
            string configured = configuration.GetConnectionString("Storefront") ?? "Data Source=storefront.db";
            try
            {
                DbConnectionStringBuilder any = new() { ConnectionString = configured };
                options.IsPostgres = any.ContainsKey("Host") || any.ContainsKey("Server");
                options.ConnectionString = options.IsPostgres ? Postgres(configured) : Sqlite(configured);
            }
            catch (ArgumentException e)
            {
                throw new OptionsValidationException("ConnectionStrings:Storefront", typeof(DatabaseOptions), [
                    $"ConnectionStrings:Storefront cannot be used: {e.Message} "
                    + "Type \"Data Source=storefront.db\" for a SQLite file, or "
                    + "\"Host=localhost;Database=storefront;Username=...;Password=...\" for PostgreSQL."]);
            }
        }

        private static string Postgres(string configured) =>
            new NpgsqlConnectionStringBuilder(PostgresDefaults + configured).ConnectionString;

        private string Sqlite(string configured)
        {
            SqliteConnectionStringBuilder builder = new(SqliteDefaults + configured);
            if (string.IsNullOrWhiteSpace(builder.DataSource))
            {
                throw new ArgumentException("it names neither a Data Source nor a Host.");
            }

            bool isFile = builder.Mode is not SqliteOpenMode.Memory && builder.DataSource is not ":memory:"
                && !builder.DataSource.StartsWith("file:", StringComparison.Ordinal);
            if (isFile)
            {
                builder.DataSource = Path.GetFullPath(builder.DataSource, environment.ContentRootPath);
                if (!Directory.Exists(Path.GetDirectoryName(builder.DataSource)))
                {
                    throw new ArgumentException($"the folder of {builder.DataSource} does not exist.");
                }
            }

            return builder.ConnectionString;
        }
    }
}
