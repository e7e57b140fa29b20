using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>Checks the transactions that jobs are to be enqueued in: a job in a foreign database would never run.</summary>
internal sealed class CallerTransactions
{
    // Whether the database of a connection holds the jobs: asked once for each, not for each job.
    private readonly ConcurrentDictionary<(string Server, string Database, Guid Store), bool> _known = [];

    /// <exception cref="ArgumentException">It is a transaction of another database.</exception>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public async ValueTask<NpgsqlTransaction> CheckAsync(
        DbTransaction transaction, Guid store, string job, CancellationToken cancellationToken)
    {
        if (transaction is not NpgsqlTransaction own)
        {
            throw new ArgumentException(
                $"The job '{job}' cannot be enqueued in a {transaction.GetType()}: jobs are kept in PostgreSQL, so the transaction is an "
                    + "NpgsqlTransaction; with EF Core transaction.GetDbTransaction().",
                nameof(transaction));
        }

        if (ConnectionOf(own) is not { State: ConnectionState.Open } connection)
        {
            throw new InvalidOperationException(
                $"The job '{job}' cannot be enqueued in a transaction that has ended. Enqueue it before the commit, or without a "
                    + "transaction.");
        }

        (string, string, Guid) key = (connection.DataSource, connection.Database, store);
        if (!_known.TryGetValue(key, out bool holdsJobs))
        {
            holdsJobs = await Schema.ReadStoreAsync(connection, own, cancellationToken).ConfigureAwait(false) == store;
            _known[key] = holdsJobs;
        }

        return holdsJobs ? own : throw new ArgumentException(
            $"The job '{job}' cannot be enqueued in a transaction of the database '{connection.Database}' at {connection.DataSource}: the "
                + "jobs are kept in another one. Name the application's own database in UsePostgres.",
            nameof(transaction));
    }

    private static NpgsqlConnection? ConnectionOf(NpgsqlTransaction transaction)
    {
        try
        {
            // One that has ended keeps its connection, but does not give its level any more.
            _ = transaction.IsolationLevel;
            return transaction.Connection;
        }
        catch (InvalidOperationException)
        {
            // It was completed or disposed.
            return null;
        }
    }
}
