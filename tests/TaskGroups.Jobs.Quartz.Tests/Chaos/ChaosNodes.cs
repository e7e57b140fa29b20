namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>A cluster that several tests use one after the other: to start a node costs more than most of them do with it.</summary>
[CollectionDefinition]
public sealed class ChaosNodes : ICollectionFixture<ChaosNodes>, IAsyncDisposable
{
    private ChaosCluster? _cluster;
    private int _started;

    /// <summary>Gives the cluster, with so many nodes that run.</summary>
    internal async Task<ChaosCluster> ReadyAsync(PostgresServer server, int count = 2)
    {
        _cluster ??= await ChaosCluster.CreateAsync(server);
        int missing = Math.Max(0, count - _cluster.CountLiving());
        await Task.WhenAll(Enumerable.Range(0, missing).Select(_ => _cluster.StartNodeAsync($"node-{++_started}")));
        return _cluster;
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
