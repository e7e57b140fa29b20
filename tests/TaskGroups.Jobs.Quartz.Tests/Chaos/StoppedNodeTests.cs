namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What becomes of a job whose node is told to stop.</summary>
public sealed class StoppedNodeTests(ChaosNodes nodes, PostgresServer server, ITestOutputHelper output)
    : ChaosTest(nodes, server, output)
{
    // R46
    [Fact]
    public async Task Job_WhenItsNodeIsStopped_IsHandedBackAndStartsElsewhereAtOnce()
    {
        JobId job = await EnqueueEndlessAsync();
        LedgerRun first = await Cluster.StartedAsync(job);
        NodeProcess node = Cluster.NodeOf(first);

        double terminated = ChaosCluster.Now;
        node.Terminate();

        LedgerRun second = await Cluster.StartedAsync(job, 2);
        LedgerRun ended = await Cluster.EndedAsync(job);
        Print("SIGTERM to the token (soft phase of 0.5 s)", ended.Ended!.Value - terminated, "0.08 s without a soft phase");
        Print("token to the start on the other node", second.Started - ended.Ended!.Value, "1.1 to 1.2 s");
        Assert.Equal(JobEnd.HostStopping, ended.Reason);
        Assert.NotEqual(first.Node, second.Node);
        Assert.True(second.IsRecovered);
        Assert.Equal(1, second.Attempt);
        Assert.Equal(0, await node.EndedAsync());
        Assert.Contains(job.Value, node.Output, StringComparison.Ordinal);
    }
}
