using Npgsql;
using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>Hands jobs over while everything goes wrong: each in a transaction, and some of these are rolled back.</summary>
/// <param name="cluster">Where the jobs go.</param>
/// <param name="random">What the jobs are like.</param>
/// <param name="longestWork">The most milliseconds that a job takes.</param>
/// <param name="mostUnfinished">More than these do not wait: nodes that live for seconds get through few.</param>
internal sealed class StormClient(ChaosCluster cluster, Random random, int longestWork, int mostUnfinished)
{
    private readonly List<JobId> _committed = [];
    private readonly List<JobId> _rolledBack = [];

    /// <summary>The jobs that must have run.</summary>
    public IReadOnlyList<JobId> Committed => _committed;

    /// <summary>The jobs that must not have run.</summary>
    public IReadOnlyList<JobId> RolledBack => _rolledBack;

    /// <summary>Hands jobs over until the token fires.</summary>
    public async Task EnqueueAsync(CancellationToken over)
    {
        for (int number = 0; !over.IsCancellationRequested; number++)
        {
            await cluster.UntilAsync(
                async () => over.IsCancellationRequested || await CountUnfinishedAsync() < mostUnfinished ? "room" : null,
                Timeout.InfiniteTimeSpan);
            await InsistAsync($"job-{number}", new Work(random.Next(50, longestWork)), isRolledBack: random.Next(10) == 0);
            await Task.Delay(random.Next(50, 250), CancellationToken.None);
        }
    }

    /// <summary>Waits until every job has ended.</summary>
    public Task FinishedAsync(TimeSpan limit) =>
        cluster.UntilAsync(async () => await CountUnfinishedAsync() == 0 ? "all" : null, limit);

    // While the database is away, with the same id again: it may have committed before it went.
    private async Task InsistAsync(JobId id, Work work, bool isRolledBack)
    {
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = await cluster.Source.OpenConnectionAsync();
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
                await cluster.Jobs.EnqueueAsync(work, new() { Id = id, Transaction = transaction });
                await (isRolledBack ? transaction.RollbackAsync() : transaction.CommitAsync());
                (isRolledBack ? _rolledBack : _committed).Add(id);
                return;
            }
            catch (Exception exception) when (Cluster.IsOutage(exception))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private async Task<long> CountUnfinishedAsync()
    {
        await using NpgsqlCommand command = cluster.Source.CreateCommand(
            "select count(*) from taskgroups_jobs where state in ('waiting', 'running')");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
