using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What becomes of a job that ignores that its node is told to stop. It has nodes of its own, for it never leaves one.</summary>
public sealed class DeafJobTests(PostgresServer server, ITestOutputHelper output) : IAsyncLifetime
{
    private ChaosCluster? _cluster;

    private ChaosCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await ChaosCluster.CreateAsync(server);

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    [Fact]
    public async Task Job_WhenItIgnoresTheStop_IsTakenOverWhenTheCheckInIsOverdue()
    {
        await Task.WhenAll(Cluster.StartNodeAsync("a"), Cluster.StartNodeAsync("b"));
        JobId job = await Cluster.Jobs.EnqueueAsync(new Work(600_000, IsDeaf: true));
        LedgerRun first = await Cluster.StartedAsync(job);
        NodeProcess node = Cluster.NodeOf(first);

        node.Terminate();
        await node.EndedAsync();
        double gone = ChaosCluster.Now;

        LedgerRun second = await Cluster.StartedAsync(job, 2);
        output.WriteLine($"end of the process to the start on the other node: {second.Started - gone:0.00} s (measured before: 2.8 s)");
        Assert.NotEqual(first.Node, second.Node);
        Assert.True(second.IsRecovered);
    }
}
