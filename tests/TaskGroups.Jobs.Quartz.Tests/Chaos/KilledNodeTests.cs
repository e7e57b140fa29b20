using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What becomes of a job whose node is killed.</summary>
public sealed class KilledNodeTests(ChaosNodes nodes, PostgresServer server, ITestOutputHelper output)
    : ChaosTest(nodes, server, output)
{
    // R46
    [Fact]
    public async Task Job_WhenItsNodeIsKilled_IsTakenOverByAnother()
    {
        JobId job = await EnqueueEndlessAsync();
        LedgerRun first = await Cluster.StartedAsync(job);

        double killed = ChaosCluster.Now;
        await Cluster.NodeOf(first).KillAsync();

        LedgerRun second = await Cluster.StartedAsync(job, 2);
        Print("kill -9 to the start on the other node", second.Started - killed, "3.5 s with a threshold of 2 s, at most 8 s with 5 s");
        Assert.NotEqual(first.Node, second.Node);
        Assert.True(second.IsRecovered);
        Assert.Equal(1, second.Attempt);
    }

    // A job that takes its node along must not take them all.
    [Fact]
    public async Task Job_WhenItKillsEachNode_FailsAfterMaxLosses()
    {
        await StartUntilAsync(3); // one is left
        JobId job = await Cluster.Jobs.EnqueueAsync(new Poison());

        JobStatus status = await Cluster.InStateAsync(job, JobState.Failed);

        Assert.Equal("TaskGroups.Jobs.NodeLost", status.FailureType);
        Assert.Equal(2, (await Cluster.ReadAsync(job)).Count);
    }
}
