using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What becomes of a job that ignores that its node is told to stop. It has nodes of its own, for it never leaves one.</summary>
public sealed class DeafJobTests(PostgresServer server, ITestOutputHelper output)
{
    [Fact]
    public async Task Job_WhenItIgnoresTheStop_IsTakenOverWhenTheCheckInIsOverdue()
    {
        await using ChaosCluster cluster = await ChaosCluster.CreateAsync(server);
        await Task.WhenAll(cluster.StartNodeAsync("a"), cluster.StartNodeAsync("b"));
        JobId job = await cluster.Jobs.EnqueueAsync(new Work(600_000, IsDeaf: true));
        LedgerRun first = await cluster.StartedAsync(job);
        NodeProcess node = cluster.NodeOf(first);

        node.Terminate();
        await node.EndedAsync();
        double gone = ChaosCluster.Now;

        LedgerRun second = await cluster.StartedAsync(job, 2);
        output.WriteLine($"end of the process to the start on the other node: {second.Started - gone:0.00} s (measured before: 2.8 s)");
        Assert.NotEqual(first.Node, second.Node);
        Assert.True(second.IsRecovered);
    }
}
