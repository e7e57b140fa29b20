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

    [Theory]
    [InlineData("+10m")]
    [InlineData("-10m")]
    public async Task Start_WhenTheClockIsFarOff_SaysSoAndTakesNoPart(string offset)
    {
        (string, string)[] clock = WrongClock.Of(offset);
        await Cluster.StartNodeAsync("right");
        JobId job = await Cluster.Jobs.EnqueueAsync(new Work(600_000));
        await Cluster.StartedAsync(job);

        string said = await WrongClock.RefusedAsync(Cluster, "wrong", clock);

        Assert.Contains("Synchronize the clock", said, StringComparison.Ordinal);
        LedgerRun run = Assert.Single(await Cluster.ReadAsync(job));
        Assert.Null(run.Ended);
    }

    // Less than a node may be late: it warns, and works.
    [Fact]
    public async Task Start_WhenTheClockIsALittleOff_WarnsAndTakesWhatIsLeft()
    {
        (string, string)[] clock = WrongClock.Of("+3s");
        await Cluster.StartNodeAsync("right");
        JobId[] running = new JobId[4]; // as many as it takes
        for (int number = 0; number < running.Length; number++)
        {
            running[number] = await Cluster.Jobs.EnqueueAsync(new Work(600_000));
            await Cluster.StartedAsync(running[number]);
        }

        NodeProcess wrong = await Cluster.StartNodeAsync("wrong", environment: clock);
        await Cluster.WrittenAsync(wrong, "s ahead of the database's");
        LedgerRun own = await Cluster.StartedAsync(await Cluster.Jobs.EnqueueAsync(new Work(10)));

        Assert.Equal("wrong", own.Node);
        foreach (JobId job in running)
        {
            Assert.Equal("right", Assert.Single(await Cluster.ReadAsync(job)).Node);
        }
    }
}
