namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What becomes of a job whose node stands still, and of one that is canceled on another node.</summary>
public sealed class FrozenNodeTests(ChaosNodes nodes, PostgresServer server, ITestOutputHelper output)
    : ChaosTest(nodes, server, output)
{
    // R46: a frozen node within one watcher period of waking.
    [Fact]
    public async Task Job_WhenItsNodeIsFrozen_IsTakenOverAndCanceledWhenTheNodeWakes()
    {
        JobId job = await EnqueueEndlessAsync();
        LedgerRun first = await Cluster.StartedAsync(job);
        NodeProcess node = Cluster.NodeOf(first);

        double frozen = ChaosCluster.Now;
        node.Freeze();
        LedgerRun second = await Cluster.StartedAsync(job, 2);
        double thawed = ChaosCluster.Now;
        node.Thaw();

        LedgerRun stale = await Cluster.EndedAsync(job);
        Print("SIGSTOP to the start on the other node", second.Started - frozen, "5.4 s with 2 + 3 s");
        Print("SIGCONT to the token of the stale run", stale.Ended!.Value - thawed, "0.04 s, within the watcher's period of 1 s");
        Assert.Equal(JobEnd.LeaseLost, stale.Reason);
        Assert.True(second.IsRecovered);
        Assert.Equal(JobState.Running, (await Cluster.Jobs.FindAsync(job))!.State);
    }

    [Fact]
    public async Task CancelAsync_WhenTheJobRunsOnAnotherNode_FiresItsToken()
    {
        JobId job = await EnqueueEndlessAsync();
        await Cluster.StartedAsync(job);

        double asked = ChaosCluster.Now;
        Assert.True(await Cluster.Jobs.CancelAsync(job));

        LedgerRun run = await Cluster.EndedAsync(job);
        Print("cancel on one node to the token on another", run.Ended!.Value - asked, "1.2 s");
        Assert.Equal(JobEnd.Canceled, run.Reason);
        await Cluster.InStateAsync(job, JobState.Canceled);
        Assert.Single(await Cluster.ReadAsync(job));
    }
}
