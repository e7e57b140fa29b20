using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>Says where durable jobs are kept.</summary>
/// <remarks>
/// What decides whether jobs are lost or run twice (check-ins, locks, recovery) is set by this package and cannot be changed. How many
/// jobs run at the same time on one node is the <c>MaxConcurrency</c> of the background group <c>jobs</c>.
/// </remarks>
public sealed class QuartzJobsOptions
{
    internal QuartzJobsOptions()
    {
    }

    internal string? ConnectionString { get; private set; }

    /// <summary>Keeps jobs in a PostgreSQL database: the application's own, so that jobs can be enqueued in its transactions.</summary>
    /// <param name="connectionString">
    /// A connection string of Npgsql, of a role that may create tables in its schema. A direct connection, or a pooler in session mode:
    /// nodes wake each other with <c>LISTEN</c>.
    /// </param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="connectionString"/> is empty, is no connection string, or names no host or no database.
    /// </exception>
    /// <exception cref="InvalidOperationException">A database has been named already.</exception>
    public QuartzJobsOptions UsePostgres(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        if (ConnectionString is not null)
        {
            throw new InvalidOperationException("Jobs are kept in one database, and UsePostgres was called already.");
        }

        NpgsqlConnectionStringBuilder parsed = Parse(connectionString);
        if (string.IsNullOrEmpty(parsed.Host) || string.IsNullOrEmpty(parsed.Database))
        {
            throw new ArgumentException(
                "The connection string of UsePostgres names no host or no database. Write both: \"Host=...;Database=...\".",
                nameof(connectionString));
        }

        ConnectionString = connectionString;
        return this;
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            // Without the text, which may hold a password.
            throw new ArgumentException(
                $"What was given to UsePostgres is no connection string of PostgreSQL: {exception.Message}",
                nameof(connectionString),
                exception);
        }
    }
}
