using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs.Quartz;

/// <summary>
/// The durable engine. A table of its own keeps the jobs and decides what they are; Quartz decides when and where a turn of a job is
/// fired, and takes over what a node leaves behind.
/// </summary>
/// <remarks>
/// <code>
/// built      enqueue and look-ups connect when they are called
/// started    connects until the database answers; then clocks are compared, and turns are fired here
/// stands by  no turn is fired here any more; the node goes on checking in, so its runs stay its own
/// drained    every run has ended and is stored
/// disposed   the node has left the cluster
/// </code>
/// </remarks>
internal sealed class QuartzEngine : IJobEngine, IAsyncDisposable
{
    private readonly Cluster _cluster;
    private readonly JobTable _table;
    private readonly JobRows _rows;
    private readonly Turns _turns;
    private readonly NodeRuns _runs;
    private readonly ClusterNode _node;
    private readonly CallerTransactions _transactions = new();
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    public QuartzEngine(
        QuartzJobsOptions options,
        JobRegistry registry,
        JobNode node,
        IOptionsMonitor<BackgroundTaskGroupOptions> groups,
        ApplicationGroups application,
        Readiness readiness,
        ILoggerFactory loggers)
    {
        _logger = new SafeLogger(loggers.CreateLogger<QuartzEngine>());
        _time = application.TimeProvider;
        int concurrency = groups.Get(JobRunner.GroupName).MaxConcurrency ?? ClusterSettings.UnlimitedConcurrency;
        string connectionString = ClusterSettings.Complete(options.ConnectionString!);
        _cluster = new Cluster(connectionString, node, registry, concurrency, () => new TurnJob(_runs!), loggers);
        _table = new JobTable(_cluster.Source, node.Name);
        _rows = new JobRows(_cluster.Source);
        _turns = new Turns(_cluster);
        _runs = new NodeRuns(_turns, _table, registry, _time, _logger);
        _node = new ClusterNode(_cluster, _turns, _rows, _runs, registry, node, readiness, _logger);
    }

    public bool IsDurable => true;

    public IReadOnlyList<JobQueueLength> Queues => _node.Queues;

    public async ValueTask<bool> EnqueueAsync(JobEntry entry, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        Cluster.Connected connected = await _cluster.ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (transaction is null)
        {
            return await _turns.AddAsync(own => JobTable.InsertAsync(own, entry, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }

        NpgsqlTransaction callers = await _transactions.CheckAsync(transaction, connected.Store, entry.Name, cancellationToken)
            .ConfigureAwait(false);
        if (await JobTable.InsertAsync(callers, entry, cancellationToken).ConfigureAwait(false) is not { } turn)
        {
            return false;
        }

        await Turns.HandOverAsync(connected.Scheduler, callers, turn, cancellationToken).ConfigureAwait(false);
        return true;
    }

    public async ValueTask<bool> CancelAsync(JobId id, CancellationToken cancellationToken)
    {
        await _cluster.ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (await _table.CancelAsync(id, cancellationToken).ConfigureAwait(false) is not { } asked)
        {
            return false;
        }

        _runs.Cancel(id);
        if (asked.HasEnded)
        {
            await _turns.RemoveAsync(asked.Turn, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    public async ValueTask<bool> RetryAsync(JobId id, CancellationToken cancellationToken) =>
        await _turns.AddAsync(own => JobTable.RetryAsync(own, id, _time.GetUtcNow(), cancellationToken), cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken)
    {
        await _cluster.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await _rows.FindAsync(id, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<JobStatus>?> ListAsync(JobQuery query, CancellationToken cancellationToken)
    {
        await _cluster.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await _rows.ListAsync(query, cancellationToken).ConfigureAwait(false);
    }

    public Task StartAsync(JobRunner runner, CancellationToken cancellationToken)
    {
        _runs.Start(runner);
        return _node.StartAsync(cancellationToken);
    }

    public Task StandByAsync(CancellationToken cancellationToken)
    {
        _runs.StandBy();
        return _node.StandByAsync(cancellationToken);
    }

    // The hard phase has canceled the runs already. What is stored takes its time of the phase's budget.
    public Task DrainAsync(Task producers, CancellationToken hardPhase) => _runs.WhenIdleAsync();

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync().ConfigureAwait(false);
        await _cluster.DisposeAsync().ConfigureAwait(false);
    }
}
