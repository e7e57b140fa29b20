using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using TaskGroups.Jobs.Quartz.Node;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>Nodes as processes, a database with their ledger, and a client that hands jobs over and runs none.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private readonly string _database;
    private readonly List<NodeProcess> _nodes = [];
    private readonly IHost _client;

    private ChaosCluster(string database)
    {
        _database = database;
        Source = NpgsqlDataSource.Create(database);
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddJobs(jobs =>
        {
            jobs.Add<NoHandler, Work>("work");
            jobs.Add<NoHandler, Poison>("poison");
            jobs.UseQuartz(quartz => quartz.UsePostgres(database));
        });
        _client = builder.Build();
    }

    /// <summary>Now, by the clock of the ledger.</summary>
    public static double Now => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    public string Database => _database;

    public NpgsqlDataSource Source { get; }

    public IJobs Jobs => _client.Services.GetRequiredService<IJobs>();

    public static async Task<ChaosCluster> CreateAsync(PostgresServer server)
    {
        var cluster = new ChaosCluster(await server.CreateDatabaseAsync());
        await using NpgsqlCommand create = cluster.Source.CreateCommand(
            """
            create table ledger (
                run uuid primary key, job text not null, node text not null, started float8 not null, ended float8, reason text,
                is_recovered boolean not null, attempt int not null, payload text not null)
            """);
        await create.ExecuteNonQueryAsync();
        return cluster;
    }

    /// <summary>Starts a node.</summary>
    /// <param name="name">Its name in the ledger.</param>
    /// <param name="database">Another way to the jobs, for example through a relay.</param>
    /// <param name="environment">More variables of its environment.</param>
    public async Task<NodeProcess> StartNodeAsync(
        string name, string? database = null, params (string Key, string Value)[] environment)
    {
        NodeProcess node = await NodeProcess.StartAsync(name, database ?? _database, _database, environment);
        lock (_nodes)
        {
            _nodes.Add(node);
        }

        return node;
    }

    /// <summary>Waits until a node has written a text.</summary>
    public Task WrittenAsync(NodeProcess node, string text) =>
        UntilAsync(() => Task.FromResult(node.Output.Contains(text, StringComparison.Ordinal) ? text : null));

    /// <summary>Reads the runs of one job, or of all, in the order in which they began.</summary>
    public async Task<IReadOnlyList<LedgerRun>> ReadAsync(JobId? job = null)
    {
        await using NpgsqlCommand command = Source.CreateCommand(
            """
            select job, node, started, ended, reason, is_recovered, attempt, payload from ledger
            where $1::text is null or job = $1 order by started
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)job?.Value ?? DBNull.Value });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<LedgerRun> runs = [];
        while (await reader.ReadAsync())
        {
            runs.Add(new LedgerRun(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetDouble(2),
                reader.IsDBNull(3) ? null : reader.GetDouble(3),
                reader.IsDBNull(4) ? null : Enum.Parse<JobEnd>(reader.GetString(4)),
                reader.GetBoolean(5),
                reader.GetInt32(6),
                reader.GetString(7)));
        }

        return runs;
    }

    /// <summary>Waits until a job has so many runs.</summary>
    /// <returns>The last of them.</returns>
    public async Task<LedgerRun> StartedAsync(JobId job, int count = 1) =>
        (await UntilAsync(async () => await ReadAsync(job) is { } runs && runs.Count >= count ? runs : null))[count - 1];

    /// <summary>Waits until a run has ended.</summary>
    public Task<LedgerRun> EndedAsync(JobId job, int number = 1) =>
        UntilAsync(async () => (await ReadAsync(job)).ElementAtOrDefault(number - 1) is { Ended: not null } run ? run : null);

    /// <summary>Waits until a job is in a state.</summary>
    public Task<JobStatus> InStateAsync(JobId job, JobState state) =>
        UntilAsync(async () => await Jobs.FindAsync(job) is { } status && status.State == state ? status : null);

    /// <summary>The node that a run is on.</summary>
    public NodeProcess NodeOf(LedgerRun run) => _nodes.Last(node => node.Name == run.Node);

    /// <summary>How many nodes have not ended.</summary>
    public int CountLiving() => _nodes.Count(node => !node.HasEnded);

    public async Task<T> UntilAsync<T>(Func<Task<T?>> read, TimeSpan? limit = null)
        where T : class
    {
        using var watchdog = new CancellationTokenSource(limit ?? WatchdogExtensions.Limit);
        while (!watchdog.IsCancellationRequested)
        {
            try
            {
                if (await read() is { } value)
                {
                    return value;
                }
            }
            catch (Exception exception) when (Cluster.IsOutage(exception))
            {
                // A connection of the time before a restart.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        string[] lines = [await DescribeUnfinishedAsync(), .. _nodes.Select(node => $"== {node.Name}\n{node.Output}")];
        throw new TimeoutException(string.Join(Environment.NewLine, lines));
    }

    private async Task<string> DescribeUnfinishedAsync()
    {
        await using NpgsqlCommand command = Source.CreateCommand(
            """
            select coalesce(
                string_agg(
                    concat_ws(' ', job.id, job.state, job.turn, job.node, 'trigger', trigger.trigger_name, trigger.trigger_group,
                        trigger.trigger_state, 'fired', fired.state, fired.instance_name, fired.entry_id),
                    E'\n'),
                'nothing is unfinished')
            from taskgroups_jobs job
            left join qrtz_triggers trigger on trigger.job_name = job.id and trigger.job_group = job.turn::text
            left join qrtz_fired_triggers fired on fired.job_name = job.id
            where job.state in ('waiting', 'running')
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NodeProcess node in _nodes)
        {
            await node.DisposeAsync();
        }

        await ((IAsyncDisposable)_client).DisposeAsync();
        await Source.DisposeAsync();
    }

    private sealed class NoHandler : IJobHandler<Work>, IJobHandler<Poison>
    {
        public Task RunAsync(Work job, JobContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RunAsync(Poison job, JobContext context, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
