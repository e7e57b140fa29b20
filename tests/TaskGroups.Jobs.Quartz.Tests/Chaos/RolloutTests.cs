using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Jobs.Quartz.Node;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>Two versions of a node side by side on one database, as during a rollout.</summary>
public sealed class RolloutTests(PostgresServer server) : IAsyncLifetime
{
    private ChaosCluster? _cluster;

    private ChaosCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await ChaosCluster.CreateAsync(server);

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    [Fact]
    public async Task Jobs_OfTwoVersions_AreRunByThoseThatKnowThem()
    {
        using IHost next = BuildNextClient();
        IJobs nextJobs = next.Services.GetRequiredService<IJobs>();
        JobId unknown = await nextJobs.EnqueueAsync(new Audit());
        NodeProcess old = await Cluster.StartNodeAsync("old");

        // What only the next version knows stays, and is reported.
        await Cluster.WrittenAsync(old, "1 jobs 'audit' wait, and no node has a handler of this name");

        // The old node reads what the next version writes: a property more, and one less.
        JobId written = await nextJobs.EnqueueAsync(new NextWork(1, "added"));
        LedgerRun run = await Cluster.StartedAsync(written);
        Assert.Equal(("old", "Work { Milliseconds = 1, IsDeaf = False }"), (run.Node, run.Payload));
        await Cluster.InStateAsync(written, JobState.Succeeded);
        Assert.Equal(JobState.Waiting, (await Cluster.Jobs.FindAsync(unknown))!.State);

        await Cluster.StartNodeAsync("next", environment: ("IsNextVersion", "true"));
        Assert.Equal("next", (await Cluster.StartedAsync(unknown)).Node);
        await Cluster.InStateAsync(unknown, JobState.Succeeded);

        // And the next node what the old version has written.
        old.Terminate();
        Assert.Equal(0, await old.EndedAsync());
        run = await Cluster.StartedAsync(await Cluster.Jobs.EnqueueAsync(new Work(1, IsDeaf: true)));
        Assert.Equal(("next", "NextWork { Milliseconds = 1, Note = none }"), (run.Node, run.Payload));
    }

    private IHost BuildNextClient()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddJobs(jobs =>
        {
            jobs.Add<NoHandler, NextWork>("work");
            jobs.Add<NoHandler, Audit>("audit");
            jobs.UseQuartz(quartz => quartz.UsePostgres(Cluster.Database));
        });
        return builder.Build();
    }

    private sealed class NoHandler : IJobHandler<NextWork>, IJobHandler<Audit>
    {
        public Task RunAsync(NextWork job, JobContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RunAsync(Audit job, JobContext context, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
