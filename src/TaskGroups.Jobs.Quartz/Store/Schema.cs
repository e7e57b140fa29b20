using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>Makes the tables of the jobs, once, whichever node comes first. The engine makes its own tables itself.</summary>
internal static class Schema
{
    /// <summary>The version that this code reads and writes.</summary>
    public const int Version = 1;

    // Of this package alone: the tables of the application are guarded by other keys.
    private const long AdvisoryLock = 0x7461736B67727073;

    /// <summary>
    /// The state of a job and the moves of <c>state</c>, each of which is one statement of <see cref="JobTable"/>:
    /// <code>
    /// insert      -           → waiting
    /// claim       waiting     → running     attempt + 1, a new run
    /// claim       running     → running     losses + 1, a new run: the run before ended with its node
    /// end         running     → succeeded, failed, canceled
    /// wait again  running     → waiting     a new turn; a hand-back takes its attempt back
    /// cancel      waiting     → canceled
    /// retry       failed      → waiting     a new turn, attempts and losses from the beginning
    /// </code>
    /// A turn is what the engine knows: one job of its own with one trigger, which fires once. It is stored in the transaction that sets
    /// <c>turn</c>. A run is one invocation: what it stores counts only while the row still holds its number.
    /// </summary>
    private const string Tables =
        """
        create table if not exists taskgroups_jobs_schema (version int not null, store uuid not null);
        insert into taskgroups_jobs_schema select 1, gen_random_uuid() where not exists (select from taskgroups_jobs_schema);
        create sequence if not exists taskgroups_turns;
        create table if not exists taskgroups_jobs (
            id text collate "C" primary key,
            name text collate "C" not null,
            payload text not null,
            trace_parent text,
            state text not null default 'waiting',
            turn bigint not null default nextval('taskgroups_turns'),
            run uuid,
            node text,
            attempt int not null default 0,
            losses int not null default 0,
            has_begun boolean not null default false,
            cancel_requested boolean not null default false,
            enqueued_at timestamptz not null,
            due_at timestamptz not null,
            started_at timestamptz,
            ended_at timestamptz,
            failure_type text);
        create index if not exists taskgroups_jobs_newest on taskgroups_jobs (enqueued_at, id);
        create index if not exists taskgroups_jobs_waiting on taskgroups_jobs (name, due_at) where state = 'waiting';
        create index if not exists taskgroups_jobs_ended on taskgroups_jobs (ended_at) where ended_at is not null;
        create table if not exists taskgroups_nodes (
            node text primary key, names text[] not null, seen_at timestamptz not null);
        """;

    /// <summary>Makes what is missing, and holds other nodes back until the engine has its tables as well.</summary>
    /// <param name="source">The database.</param>
    /// <param name="provisionEngine">Makes the engine's tables. It gets the id of the store of jobs.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>What <paramref name="provisionEngine"/> returned.</returns>
    /// <exception cref="InvalidOperationException">The tables are of a newer version.</exception>
    public static async Task<T> ProvisionAsync<T>(
        NpgsqlDataSource source, Func<Guid, Task<T>> provisionEngine, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, $"select pg_advisory_lock({AdvisoryLock})", cancellationToken).ConfigureAwait(false);
        try
        {
            await ProvisionAsync(connection, cancellationToken).ConfigureAwait(false);
            Guid? store = await ReadStoreAsync(connection, null, cancellationToken).ConfigureAwait(false);
            return await provisionEngine(store!.Value).ConfigureAwait(false);
        }
        finally
        {
            // The session goes back to the pool, and would keep the lock.
            await ExecuteAsync(connection, $"select pg_advisory_unlock({AdvisoryLock})", CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Reads which store of jobs a database holds; <see langword="null"/> if it holds none.</summary>
    public static async Task<Guid?> ReadStoreAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(connection, transaction, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await using var command = new NpgsqlCommand("select store from taskgroups_jobs_schema", connection, transaction);
        return (Guid?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task ProvisionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        int? found = await ReadVersionAsync(connection, cancellationToken).ConfigureAwait(false);
        if (found > Version)
        {
            throw new InvalidOperationException(
                $"The tables of the jobs in database '{connection.Database}' have version {found}, and this version of "
                    + $"TaskGroups.Jobs.Quartz knows versions up to {Version}. Update the package, or name another database in "
                    + "UsePostgres.");
        }

        if (found is null)
        {
            await ExecuteAsync(connection, $"begin; {Tables} commit;", cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<int?> ReadVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(connection, null, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await using var command = new NpgsqlCommand("select version from taskgroups_jobs_schema", connection);
        return (int?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> ExistsAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select to_regclass('taskgroups_jobs_schema') is not null", connection, transaction);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
