using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>Tests with two nodes as real processes. Times are printed beside those of a bare engine.</summary>
public abstract class ChaosTest(PostgresServer server, ITestOutputHelper output) : IAsyncLifetime
{
    private ChaosCluster? _cluster;

    /// <summary>Work that a test does not wait for.</summary>
    protected static Work Endless { get; } = new(600_000);

    private protected ChaosCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ChaosCluster.CreateAsync(server);
        await Task.WhenAll(Cluster.StartNodeAsync("a"), Cluster.StartNodeAsync("b"));
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected void Print(string what, double seconds, string measured) =>
        output.WriteLine($"{what}: {seconds:0.00} s (measured before: {measured})");
}
