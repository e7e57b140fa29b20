using System.Globalization;
using Npgsql;
using TaskGroups.Jobs.Quartz.Node;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>
/// Three nodes under everything that goes wrong: kill -9, SIGSTOP, SIGTERM, a network that breaks, a database that restarts. Afterwards the
/// ledger is checked. <c>TASKGROUPS_CHAOS=n</c> builds this test and makes n rounds of it.
/// </summary>
public sealed class StormTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>What the machine may take between a token that fires and the line in the ledger.</summary>
    private const double Slack = 1;

    /// <summary>More than these do not wait: nodes that live for seconds get through few, and at the end one node has them all.</summary>
    private const int MostUnfinished = 40;

    // Longer than a lease: other nodes take over what such a node runs.
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(9);

    private readonly PostgresServer _server = new();
    private readonly List<JobId> _committed = [];
    private readonly List<JobId> _rolledBack = [];
    private readonly Dictionary<string, double> _killed = [];
    private readonly List<(string Node, double From, double To)> _frozen = [];
    private Random _random = new();

    public async ValueTask InitializeAsync() => await _server.InitializeAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Jobs_WhenNodesNetworkAndDatabaseFail_RunToAnEndAndAreNeverLost()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("TASKGROUPS_CHAOS")!, CultureInfo.InvariantCulture);
        int seed = Environment.GetEnvironmentVariable("TASKGROUPS_SEED") is { } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Environment.TickCount;
        output.WriteLine($"seed {seed}, {rounds} rounds");
        _random = new Random(seed);
        await using ChaosCluster cluster = await ChaosCluster.CreateAsync(_server);
        using var over = new CancellationTokenSource();
        Task enqueueing = EnqueueAsync(cluster, over.Token);

        for (int round = 1; round <= rounds; round++)
        {
            await RunRoundAsync(cluster, round);
        }

        await over.CancelAsync();
        await enqueueing;
        await cluster.StartNodeAsync("last");
        await cluster.UntilAsync(
            async () => await CountUnfinishedAsync(cluster) == 0 ? "all" : null, TimeSpan.FromSeconds(120));
        await CheckAsync(cluster);
    }

    private async Task RunRoundAsync(ChaosCluster cluster, int round)
    {
        await using TcpRelay relay = TcpRelay.To(cluster.Database);
        relay.Open();
        NodeProcess[] nodes = await Task.WhenAll(
            cluster.StartNodeAsync($"a{round}"),
            cluster.StartNodeAsync($"b{round}"),
            cluster.StartNodeAsync($"c{round}", relay.Through(cluster.Database)));
        await PauseAsync();

        // One node is killed, one frozen, and one cut off, so that for a while there is none; then a new one comes.
        await nodes[0].KillAsync();
        _killed[nodes[0].Name] = ChaosCluster.Now;
        Task outages = Task.WhenAll(FreezeAsync(nodes[1]), CutOffAsync(relay));
        NodeProcess next = await cluster.StartNodeAsync($"d{round}");
        await outages;
        await PauseAsync();

        if (_server.Process.IsOwn)
        {
            await _server.Process.RestartAsync();
            await PauseAsync();
        }

        foreach (NodeProcess node in (NodeProcess[])[next, nodes[1], nodes[2]])
        {
            node.Terminate();
            Assert.Equal(0, await node.EndedAsync());
        }
    }

    private async Task FreezeAsync(NodeProcess node)
    {
        double from = ChaosCluster.Now;
        node.Freeze();
        await Task.Delay(Outage);
        double to = ChaosCluster.Now;
        node.Thaw();
        _frozen.Add((node.Name, from, to));
    }

    private static async Task CutOffAsync(TcpRelay relay)
    {
        relay.Close();
        await Task.Delay(Outage);
        relay.Open();
    }

    private Task PauseAsync() => Task.Delay(_random.Next(500, 1500));

    private async Task EnqueueAsync(ChaosCluster cluster, CancellationToken over)
    {
        var random = new Random(_random.Next());
        for (int number = 0; !over.IsCancellationRequested; number++)
        {
            await cluster.UntilAsync(
                async () => over.IsCancellationRequested || await CountUnfinishedAsync(cluster) < MostUnfinished ? "room" : null,
                Timeout.InfiniteTimeSpan);
            await InsistAsync(cluster, $"job-{number}", new Work(random.Next(50, 5000)), isRolledBack: random.Next(10) == 0);
            await Task.Delay(random.Next(50, 250), CancellationToken.None);
        }
    }

    // While the database is away, with the same id again: it may have committed before it went.
    private async Task InsistAsync(ChaosCluster cluster, JobId id, Work work, bool isRolledBack)
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

    private static async Task<long> CountUnfinishedAsync(ChaosCluster cluster)
    {
        await using NpgsqlCommand command = cluster.Source.CreateCommand(
            "select count(*) from taskgroups_jobs where state in ('waiting', 'running')");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task CheckAsync(ChaosCluster cluster)
    {
        ILookup<string, LedgerRun> runs = (await cluster.ReadAsync()).ToLookup(run => run.Job);
        List<string> faults = [];
        double longest = 0;
        int again = 0;
        foreach (JobId id in _committed)
        {
            JobStatus? status = await cluster.UntilAsync(async () => await cluster.Jobs.FindAsync(id));
            LedgerRun[] ofJob = [.. runs[id.Value]];
            if (status?.State != JobState.Succeeded || !ofJob.Any(run => run is { Reason: JobEnd.None }))
            {
                faults.Add($"{id} was lost: {status}");
            }

            foreach ((LedgerRun one, LedgerRun two) in ofJob.Zip(ofJob.Skip(1)))
            {
                again++;
                longest = Math.Max(longest, OverlapOf(one, two));
                if (!two.IsRecovered && two.Attempt <= one.Attempt)
                {
                    faults.Add($"{id} began twice without a word: {one}, {two}");
                }
            }
        }

        faults.AddRange(_rolledBack.Where(id => runs.Contains(id.Value)).Select(id => $"{id} was rolled back, and ran"));
        output.WriteLine(
            $"{_committed.Count} jobs committed, {_rolledBack.Count} rolled back, {runs.Sum(job => job.Count())} runs, {again} of them "
                + $"again; the longest overlap {longest:0.00} s");
        Assert.Empty(faults);
        Assert.InRange(longest, 0, ClusterSettings.WatchPeriod.TotalSeconds + Slack);
    }

    // A process that stands still runs nothing.
    private double OverlapOf(LedgerRun one, LedgerRun two)
    {
        double end = one.Ended ?? _killed.GetValueOrDefault(one.Node, double.PositiveInfinity);
        double from = two.Started;
        foreach ((string node, double frozenFrom, double frozenTo) in _frozen)
        {
            if (node == one.Node && from >= frozenFrom && from < frozenTo)
            {
                from = frozenTo;
            }
        }

        return Math.Max(0, Math.Min(end, two.Ended ?? _killed.GetValueOrDefault(two.Node, end)) - from);
    }
}
