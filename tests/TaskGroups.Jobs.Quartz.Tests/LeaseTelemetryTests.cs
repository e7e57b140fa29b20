using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskGroups.Jobs.Tests;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What the meter says of leases.</summary>
public sealed class LeaseTelemetryTests(PostgresServer server)
{
    [Fact]
    public async Task Counters_WhenALeaseIsLost_CountTheLossAndTheRecovery()
    {
        string database = await server.CreateDatabaseAsync();
        Gate started = new();
        var reason = new TaskCompletionSource<JobEnd>();
        await using JobHost host = JobHost.Build(
            jobs => jobs.UseQuartz(quartz => quartz.UsePostgres(database)),
            async call =>
            {
                if (call.Context.IsRecovered)
                {
                    return;
                }

                started.Open();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, call.Token);
                }
                finally
                {
                    reason.TrySetResult(call.Context.EndReason);
                }
            });
        using var metrics = new RecordedMetrics(
            host.Services.GetRequiredService<IMeterFactory>(),
            name => name is "taskgroups.jobs.lease_lost" or "taskgroups.jobs.recovered" or "taskgroups.jobs.completed");
        await host.Host.StartAsync().WithWatchdog();
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await started.WaitAsync().WithWatchdog();

        // As another node does that takes the job.
        await using var source = NpgsqlDataSource.Create(database);
        await using NpgsqlCommand take = source.CreateCommand("delete from qrtz_fired_triggers where job_name = $1");
        take.Parameters.Add(new NpgsqlParameter { Value = id.Value });
        Assert.Equal(1, await take.ExecuteNonQueryAsync());

        Assert.Equal(JobEnd.LeaseLost, await reason.Task.WithWatchdog());
        await host.InStateAsync(id, JobState.Succeeded);
        Assert.Equal(
            [
                "taskgroups.jobs.lease_lost {job} 1 job=work",
                "taskgroups.jobs.recovered {job} 1 job=work",
                "taskgroups.jobs.completed {job} 1 job=work outcome=succeeded",
            ],
            metrics.All);
    }
}
