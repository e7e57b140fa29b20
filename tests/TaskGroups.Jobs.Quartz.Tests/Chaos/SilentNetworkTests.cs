using TaskGroups.Jobs.Quartz.Node;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What a node does whose connections stay, and bring no answers.</summary>
public sealed class SilentNetworkTests(PostgresServer server) : IAsyncLifetime
{
    private ChaosCluster? _cluster;

    private ChaosCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await ChaosCluster.CreateAsync(server);

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    // A stop does not wait for answers: what could not be stored is taken over, as after a crash.
    [Fact]
    public async Task Stop_WhenTheDatabaseIsSilent_EndsTheProcessAndLeavesItsJobToOthers()
    {
        await using TcpRelay relay = TcpRelay.To(Cluster.Database);
        relay.Open();
        NodeProcess node = await Cluster.StartNodeAsync("silent", relay.Through(Cluster.Database));
        JobId job = await Cluster.Jobs.EnqueueAsync(new Work(600_000));
        await Cluster.StartedAsync(job);

        relay.Silence();
        node.Terminate();

        Assert.Equal(0, await node.EndedAsync());
        await Cluster.StartNodeAsync("next");
        Assert.True((await Cluster.StartedAsync(job, 2)).IsRecovered);
    }

    // While the node connects, a thread of the engine or of the driver may wait for an answer.
    [Fact]
    public async Task Stop_WhenTheDatabaseFallsSilentAtTheStart_EndsTheProcess()
    {
        await using TcpRelay relay = TcpRelay.To(Cluster.Database);
        relay.Open();
        NodeProcess node = await Cluster.StartNodeAsync("silent", relay.Through(Cluster.Database));

        relay.Silence();
        node.Terminate();

        Assert.Equal(0, await node.EndedAsync());
    }
}
