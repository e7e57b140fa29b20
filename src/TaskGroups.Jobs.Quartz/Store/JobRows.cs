using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>What is read of jobs without moving them.</summary>
internal sealed class JobRows(NpgsqlDataSource source)
{
    private const string Columns = "id, name, state, attempt, node, enqueued_at, started_at, ended_at, failure_type";

    private const string ListText =
        $"""
        select {Columns} from taskgroups_jobs
        where ($1::text is null or state = $1) and ($2::text is null or name = $2)
            and ($3::text is null or (enqueued_at, id) < (select enqueued_at, id from taskgroups_jobs where id = $3))
        order by enqueued_at desc, id desc limit $4
        """;

    private const string QueuesText =
        """
        select name, count(*), min(due_at) filter (where due_at <= clock_timestamp()) from taskgroups_jobs where state = 'waiting'
        group by name
        """;

    public async Task<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand($"select {Columns} from taskgroups_jobs where id = $1");
        JobTable.AddParameters(command, id.Value);
        return (await ReadAsync(command, Status, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
    }

    public async Task<IReadOnlyList<JobStatus>?> ListAsync(JobQuery query, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(ListText);
        JobTable.AddParameters(
            command, query.State is { } state ? NameOf(state) : null, query.Job, query.After?.Value, JobQuery.PageSize);
        List<JobStatus> page = await ReadAsync(command, Status, cancellationToken).ConfigureAwait(false);
        return page.Count == 0 && query.After is { } after && await FindAsync(after, cancellationToken).ConfigureAwait(false) is null
            ? null
            : page;
    }

    public async Task<IReadOnlyList<JobQueueLength>> ReadQueuesAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(QueuesText);
        return await ReadAsync(
            command,
            row => new JobQueueLength(row.GetString(0), row.GetInt64(1), Time(row, 2)),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The name of a state in the table.</summary>
    public static string NameOf(JobState state) => state switch
    {
        JobState.Waiting => "waiting",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Canceled => "canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "There is no such state."),
    };

    private static JobStatus Status(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        Enum.Parse<JobState>(row.GetString(2), ignoreCase: true),
        row.GetInt32(3),
        row.IsDBNull(4) ? null : row.GetString(4),
        Time(row, 5)!.Value,
        Time(row, 6),
        Time(row, 7),
        row.IsDBNull(8) ? null : row.GetString(8));

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static async Task<List<T>> ReadAsync<T>(
        NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
