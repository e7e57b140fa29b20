using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>The statements that move a job from state to state; <see cref="Schema"/> has the table of moves.</summary>
/// <remarks>Each is one round trip. Those that make a turn run in a transaction in which the caller hands the turn to the engine.</remarks>
internal sealed class JobTable(NpgsqlDataSource source, string node)
{
    /// <summary>What the nodes tell each other on this channel: nothing for a new turn, the id of a job that is to be canceled.</summary>
    public const string Channel = "taskgroups_jobs";

    // With the fired row locked, the engine cannot have given the turn to another node: it deletes the row first.
    private const string ClaimText =
        """
        with fired as materialized (
            select 1 from qrtz_fired_triggers where sched_name = $1 and entry_id = $2 for share),
        before as materialized (
            select id, state from taskgroups_jobs
            where id = $3 and turn = $4 and state in ('waiting', 'running') and exists (select from fired) for update)
        update taskgroups_jobs job
        set state = 'running', run = $5, node = $6, started_at = clock_timestamp(),
            attempt = job.attempt + (before.state = 'waiting')::int, losses = job.losses + (before.state = 'running')::int
        from before where job.id = before.id
        returning name, payload, enqueued_at, trace_parent, attempt, losses, before.state = 'running' or has_begun, cancel_requested
        """;

    private const string InsertText =
        """
        with added as (
            insert into taskgroups_jobs (id, name, payload, trace_parent, enqueued_at, due_at) values ($1, $2, $3, $4, $5, $6)
            on conflict (id) do nothing returning turn)
        select turn, pg_notify($7, '') from added
        """;

    private const string EndText =
        """
        update taskgroups_jobs set state = $3, failure_type = coalesce($4, failure_type), ended_at = clock_timestamp()
        where id = $1 and run = $2 and state = 'running'
        """;

    // A cancellation that was asked for meanwhile wins: nothing waits again.
    private const string WaitAgainText =
        """
        with waiting as (
            update taskgroups_jobs
            set state = case when cancel_requested then 'canceled' else 'waiting' end,
                ended_at = case when cancel_requested then clock_timestamp() end,
                turn = nextval('taskgroups_turns'), run = null, failure_type = coalesce($3, failure_type),
                attempt = attempt - $4, has_begun = $5, due_at = $6
            where id = $1 and run = $2 and state = 'running'
            returning name, turn, state = 'waiting' as has_turn)
        select name, turn, has_turn, pg_notify($7, '') from waiting
        """;

    private const string RetryText =
        """
        with waiting as (
            update taskgroups_jobs
            set state = 'waiting', turn = nextval('taskgroups_turns'), run = null, failure_type = null, ended_at = null,
                attempt = 0, losses = 0, has_begun = false, cancel_requested = false, due_at = $2
            where id = $1 and state = 'failed'
            returning name, turn)
        select name, turn, true, pg_notify($3, '') from waiting
        """;

    // Each job that has not ended has its turn in the engine, since both are written in one transaction.
    private const string RepairText =
        """
        update taskgroups_jobs job set state = 'waiting', turn = nextval('taskgroups_turns'), run = null, has_begun = true
        where id = (
            select id from taskgroups_jobs lost
            where state in ('waiting', 'running') and not exists (
                select from qrtz_job_details where sched_name = $1 and job_name = lost.id and job_group = lost.turn::text)
            limit 1)
            and state in ('waiting', 'running')
        returning name, turn, true, id
        """;

    private const string CancelText =
        """
        with asked as (
            update taskgroups_jobs
            set ended_at = case when state = 'waiting' then clock_timestamp() end,
                state = case when state = 'waiting' then 'canceled' else state end, cancel_requested = true
            where id = $1 and state in ('waiting', 'running')
            returning turn, state = 'canceled' as has_ended)
        select turn, has_ended, case when not has_ended then pg_notify($2, $1) end from asked
        """;

    /// <summary>Adds a job.</summary>
    /// <returns>Its turn; <see langword="null"/> if a job of this name and id is there already.</returns>
    /// <exception cref="InvalidOperationException">The id belongs to a job of another name.</exception>
    public static async Task<NewTurn?> InsertAsync(NpgsqlTransaction transaction, JobEntry entry, CancellationToken cancellationToken)
    {
        DateTimeOffset due = entry.NotBefore is { } time && time > entry.EnqueuedAt ? time : entry.EnqueuedAt;
        await using NpgsqlCommand insert = Command(
            transaction,
            InsertText,
            entry.Id.Value, entry.Name, entry.Payload, entry.TraceParent, Utc(entry.EnqueuedAt), Utc(due), Channel);
        if (await insert.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long number)
        {
            return new NewTurn(new Turn(entry.Id, number), entry.Name, due);
        }

        await using NpgsqlCommand find = Command(transaction, "select name from taskgroups_jobs where id = $1", entry.Id.Value);
        return await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string owner && owner != entry.Name
            ? throw JobFaults.IdIsTaken(entry.Id, entry.Name, owner)
            : null;
    }

    /// <summary>Takes a turn that the engine has fired here, and counts a loss if a run of it ended with its node.</summary>
    /// <returns><see langword="null"/> if the turn is over, or if the engine has given it to another node.</returns>
    public async Task<Claim?> ClaimAsync(Turn turn, string scheduler, string firing, CancellationToken cancellationToken)
    {
        var run = Guid.NewGuid();
        await using NpgsqlCommand command = source.CreateCommand(ClaimText);
        AddParameters(command, scheduler, firing, turn.Id.Value, turn.Number, run, node);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return !await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? null : new Claim(
            new JobEntry(
                turn.Id,
                reader.GetString(0),
                reader.GetString(1),
                reader.GetFieldValue<DateTimeOffset>(2),
                TraceParent: reader.IsDBNull(3) ? null : reader.GetString(3)),
            run,
            firing,
            Attempt: reader.GetInt32(4),
            Losses: reader.GetInt32(5),
            IsRecovered: reader.GetBoolean(6),
            IsCanceled: reader.GetBoolean(7));
    }

    /// <summary>Stores that a job has ended.</summary>
    /// <returns><see langword="false"/> if the run has been replaced: the job is another node's.</returns>
    public async Task<bool> EndAsync(Claim claim, JobState state, string? failureType, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(EndText);
        AddParameters(command, claim.Entry.Id.Value, claim.Run, JobRows.NameOf(state), failureType);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) > 0;
    }

    /// <summary>Lets a job wait for another turn.</summary>
    /// <param name="transaction">The transaction in which the turn is handed to the engine.</param>
    /// <param name="claim">The run that has ended.</param>
    /// <param name="failureType">The type of its failure; <see langword="null"/>: it is handed back, its attempt counts not.</param>
    /// <param name="due">When the turn is due.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The turn, unwanted if the job was canceled meanwhile; <see langword="null"/> if the run has been replaced.</returns>
    public static Task<NewTurn?> WaitAgainAsync(
        NpgsqlTransaction transaction, Claim claim, string? failureType, DateTimeOffset due, CancellationToken cancellationToken)
    {
        bool isHandedBack = failureType is null;
        NpgsqlCommand command = Command(
            transaction,
            WaitAgainText,
            claim.Entry.Id.Value, claim.Run, failureType, isHandedBack ? 1 : 0, isHandedBack, Utc(due), Channel);
        return ReadTurnAsync(command, claim.Entry.Id, due, cancellationToken);
    }

    /// <summary>Lets a failed job begin again.</summary>
    /// <returns>Its turn; <see langword="null"/> if there is no such job, or if it has not failed.</returns>
    public static Task<NewTurn?> RetryAsync(
        NpgsqlTransaction transaction, JobId id, DateTimeOffset due, CancellationToken cancellationToken) =>
        ReadTurnAsync(Command(transaction, RetryText, id.Value, Utc(due), Channel), id, due, cancellationToken);

    /// <summary>Gives a job that has lost its turn in the engine another one: whatever deleted it, the job is not lost.</summary>
    /// <returns><see langword="null"/> if there is none, as it should be.</returns>
    public static async Task<NewTurn?> RepairAsync(
        NpgsqlTransaction transaction, DateTimeOffset due, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(transaction, RepairText, ClusterSettings.SchedulerName);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? new NewTurn(new Turn(reader.GetString(3), reader.GetInt64(1)), reader.GetString(0), due)
            : null;
    }

    /// <summary>Ends a job that waits, and tells the node that runs it otherwise.</summary>
    /// <returns>The job's turn, and whether that ended it; <see langword="null"/> if it had ended before, or is unknown.</returns>
    public async Task<(Turn Turn, bool HasEnded)?> CancelAsync(JobId id, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(CancelText);
        AddParameters(command, id.Value, Channel);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? (new Turn(id, reader.GetInt64(0)), reader.GetBoolean(1))
            : null;
    }

    internal static void AddParameters(NpgsqlCommand command, params ReadOnlySpan<object?> values)
    {
        foreach (object? value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }
    }

    private static DateTime Utc(DateTimeOffset time) => time.UtcDateTime;

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string text, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(text, transaction.Connection, transaction);
        AddParameters(command, values);
        return command;
    }

    private static async Task<NewTurn?> ReadTurnAsync(
        NpgsqlCommand command, JobId id, DateTimeOffset due, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand disposed = command;
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? new NewTurn(new Turn(id, reader.GetInt64(1)), reader.GetString(0), due, IsWanted: reader.GetBoolean(2))
            : null;
    }
}
