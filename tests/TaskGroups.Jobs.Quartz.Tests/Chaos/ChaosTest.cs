using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>Tests with two nodes as real processes. Times are printed beside those of a bare engine.</summary>
[Collection<ChaosNodes>]
public abstract class ChaosTest(ChaosNodes nodes, PostgresServer server, ITestOutputHelper output) : IAsyncLifetime
{
    private readonly List<JobId> _endless = [];
    private ChaosCluster? _cluster;

    private protected ChaosCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await nodes.ReadyAsync(server);

    /// <summary>Leaves the nodes to the next test without work.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (JobId job in _endless)
        {
            await Cluster.Jobs.CancelAsync(job);
            await Cluster.InStateAsync(job, JobState.Canceled);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Hands over work that a test does not wait for.</summary>
    private protected async Task<JobId> EnqueueEndlessAsync()
    {
        JobId job = await Cluster.Jobs.EnqueueAsync(new Work(600_000));
        _endless.Add(job);
        return job;
    }

    /// <summary>Starts nodes until so many run.</summary>
    protected async Task StartUntilAsync(int count) => await nodes.ReadyAsync(server, count);

    protected void Print(string what, double seconds, string measured) =>
        output.WriteLine($"{what}: {seconds:0.00} s (measured before: {measured})");
}
