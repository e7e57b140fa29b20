using System.Globalization;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>
/// Nodes under everything that goes wrong: kill -9, SIGSTOP, SIGTERM, a network that breaks, a database that restarts, a clock that is off.
/// Afterwards the ledger is checked. The normal run makes one short round, in which each of them happens once, and no time decides. With
/// <c>TASKGROUPS_CHAOS=n</c> it makes n rounds of longer work, and holds how long two runs of a job may overlap.
/// </summary>
[Collection(nameof(StormTests))]
[CollectionDefinition(nameof(StormTests), DisableParallelization = true)] // it needs the processor for its nodes
public sealed class StormTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>What the machine may take between a token that fires and the line in the ledger.</summary>
    private const double Slack = 1;

    // Longer than a lease: other nodes take over what such a node runs.
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(9);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    private readonly PostgresServer _server = new();
    private readonly StormLedger _ledger = new();
    private Random _random = new();

    public async ValueTask InitializeAsync() => await _server.InitializeAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Jobs_WhenNodesNetworkAndDatabaseFail_RunToAnEndAndAreNeverLost()
    {
        int? asked = Setting("TASKGROUPS_CHAOS");
        int rounds = asked ?? 1;
        int seed = Setting("TASKGROUPS_SEED") ?? Environment.TickCount;
        output.WriteLine($"seed {seed}, {rounds} rounds");
        _random = new Random(seed);
        await using ChaosCluster cluster = await ChaosCluster.CreateAsync(_server);
        StormClient client = asked is null
            ? new StormClient(cluster, new Random(seed), longestWork: 3_000, mostUnfinished: 20)
            : new StormClient(cluster, new Random(seed), longestWork: 5_000, mostUnfinished: 40);
        using var over = new CancellationTokenSource();
        Task enqueueing = client.EnqueueAsync(over.Token);
        try
        {
            for (int round = 1; round < rounds; round++)
            {
                await RunRoundAsync(cluster, round, () => Task.CompletedTask);
            }

            // The nodes that were frozen and cut off run what is left.
            await RunRoundAsync(cluster, rounds, async () =>
            {
                await over.CancelAsync();
                await enqueueing;
                await client.FinishedAsync(LongestWait);
            });
        }
        finally
        {
            await over.CancelAsync();
        }

        IReadOnlyList<string> faults = await _ledger.CheckAsync(cluster, client);

        output.WriteLine(
            $"{client.Committed.Count} jobs committed, {client.RolledBack.Count} rolled back, {_ledger.RunsAgain} runs again; the longest "
                + $"overlap {_ledger.LongestOverlap:0.00} s");
        Assert.Empty(faults);
        Assert.True(
            asked is null || _ledger.LongestOverlap <= ClusterSettings.WatchPeriod.TotalSeconds + Slack,
            $"Two runs of a job went on together for {_ledger.LongestOverlap:0.00} s.");
    }

    private async Task RunRoundAsync(ChaosCluster cluster, int round, Func<Task> finishAsync)
    {
        await using TcpRelay relay = TcpRelay.To(cluster.Database);
        relay.Open();
        NodeProcess[] nodes = await Task.WhenAll(
            cluster.StartNodeAsync($"a{round}"),
            cluster.StartNodeAsync($"b{round}"),
            cluster.StartNodeAsync($"c{round}", relay.Through(cluster.Database)));
        await cluster.UntilAsync(async () => await AllAreBusyAsync(cluster, nodes) ? "all" : null, LongestWait);

        // One node is killed, one frozen, and one cut off, so that for a while there is none; then a new one comes, and one that must not
        // take what the others run.
        await nodes[0].KillAsync();
        _ledger.Killed(nodes[0]);
        Task outages = Task.WhenAll(FreezeAsync(nodes[1]), CutOffAsync(relay), RefuseAsync(cluster, $"wrong{round}"));
        NodeProcess next = await cluster.StartNodeAsync($"d{round}");
        await outages;
        await PauseAsync();

        if (_server.Process.IsOwn)
        {
            await _server.Process.RestartAsync();
            await PauseAsync();
        }

        await StopAsync(next);
        await finishAsync();
        await Task.WhenAll(StopAsync(nodes[1]), StopAsync(nodes[2]));
    }

    private static async Task<bool> AllAreBusyAsync(ChaosCluster cluster, NodeProcess[] nodes)
    {
        HashSet<string> busy = [.. (await cluster.ReadAsync()).Where(run => run.Ended is null).Select(run => run.Node)];
        return nodes.All(node => busy.Contains(node.Name));
    }

    private async Task FreezeAsync(NodeProcess node)
    {
        double from = ChaosCluster.Now;
        node.Freeze();
        await Task.Delay(Outage);
        double to = ChaosCluster.Now;
        node.Thaw();
        _ledger.Frozen(node, from, to);
    }

    private static async Task CutOffAsync(TcpRelay relay)
    {
        relay.Close();
        await Task.Delay(Outage);
        relay.Open();
    }

    private async Task RefuseAsync(ChaosCluster cluster, string node)
    {
        if (WrongClock.TryOf("+10m") is { } clock)
        {
            _ledger.Refused(node);
            await WrongClock.RefusedAsync(cluster, node, clock);
        }
    }

    private static async Task StopAsync(NodeProcess node)
    {
        node.Terminate();
        int exitCode = await node.EndedAsync();
        Assert.True(exitCode == 0, $"The node {node.Name} ended with exit code {exitCode}:{Environment.NewLine}{node.Output}");
    }

    private Task PauseAsync() => Task.Delay(_random.Next(500, 1500));

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
