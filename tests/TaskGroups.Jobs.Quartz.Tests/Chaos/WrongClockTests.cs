using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>
/// A node whose clock is wrong, among nodes whose clocks are right. Nodes judge by their clocks whether others live, so it must not take
/// what they run.
/// </summary>
public sealed class WrongClockTests(PostgresServer server) : IAsyncLifetime
{
    private ChaosCluster? _cluster;

    private ChaosCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await ChaosCluster.CreateAsync(server);

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    // Far off, it says so and takes no part. Less than a node may be late: it warns, and works.
    [Fact]
    public async Task Start_WhenTheClockIsOff_TakesPartOnlyIfItIsALittle()
    {
        await Cluster.StartNodeAsync("right");
        JobId[] running = new JobId[4]; // as many as it takes
        for (int number = 0; number < running.Length; number++)
        {
            running[number] = await Cluster.Jobs.EnqueueAsync(new Work(600_000));
            await Cluster.StartedAsync(running[number]);
        }

        foreach (string offset in new[] { "+10m", "-10m" })
        {
            string said = await WrongClock.RefusedAsync(Cluster, $"wrong{offset}", WrongClock.Of(offset));
            Assert.Contains("Synchronize the clock", said, StringComparison.Ordinal);
        }

        NodeProcess wrong = await Cluster.StartNodeAsync("wrong", environment: WrongClock.Of("+3s"));
        await Cluster.WrittenAsync(wrong, "s ahead of the database's");
        LedgerRun own = await Cluster.StartedAsync(await Cluster.Jobs.EnqueueAsync(new Work(10)));

        Assert.Equal("wrong", own.Node);
        foreach (JobId job in running)
        {
            LedgerRun run = Assert.Single(await Cluster.ReadAsync(job));
            Assert.Equal(("right", null), (run.Node, run.Ended));
        }
    }
}
