using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz;
using TaskGroups.Jobs.Tests;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What the table of jobs costs beside the bare engine, on the same database. Printed; no test decides by a time.</summary>
/// <remarks><c>TASKGROUPS_THROUGHPUT=300</c> takes more jobs, and tells more.</remarks>
public sealed class ThroughputTests(PostgresServer server, ITestOutputHelper output)
{
    private static readonly int Count =
        int.Parse(Environment.GetEnvironmentVariable("TASKGROUPS_THROUGHPUT") ?? "50", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Jobs_ComparedWithTheBareEngine_ArePrinted()
    {
        double bare = await RunBareAsync();
        double jobs = await RunJobsAsync();

        output.WriteLine(
            $"{Count} jobs enqueued one after the other and run: bare {bare:0} a second, with the table of jobs {jobs:0}, ratio "
                + $"{jobs / bare:0.00}");
    }

    private async Task<double> RunBareAsync()
    {
        BareJob.Left = new CountdownEvent(Count);
        string database = await server.CreateDatabaseAsync();
        await using StandaloneSchedulerFactory factory = QuartzSchedulerBuilder.Create(
            builder => ClusterSettings.Configure(builder, ClusterSettings.Complete(database), "bare", 10, ["bare"])).Build();
        IScheduler scheduler = await factory.GetScheduler();
        await scheduler.Start();
        long begun = Stopwatch.GetTimestamp();
        for (int number = 0; number < Count; number++)
        {
            string id = $"job-{number}";
            IJobDetail job = JobBuilder.Create<BareJob>().WithIdentity(id).RequestRecovery().Build();
            ITrigger trigger = TriggerBuilder.Create()
                .WithIdentity(id)
                .WithExecutionGroup(ClusterSettings.GroupOf("bare"))
                .StartNow()
                .Build();
            await scheduler.ScheduleJob(job, trigger);
        }

        await Task.Run(() => BareJob.Left.Wait()).WithWatchdog();
        return Count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private async Task<double> RunJobsAsync()
    {
        string database = await server.CreateDatabaseAsync();
        using var left = new CountdownEvent(Count);
        await using JobHost host = JobHost.Build(
            jobs => jobs.UseQuartz(quartz => quartz.UsePostgres(database)),
            _ =>
            {
                left.Signal();
                return Task.CompletedTask;
            },
            services: services => services.Configure<LoggerFilterOptions>(
                options => options.Rules.Add(new LoggerFilterRule(null, null, LogLevel.Warning, null)))); // as the bare engine logs
        await host.Host.StartAsync();
        long begun = Stopwatch.GetTimestamp();
        for (int number = 0; number < Count; number++)
        {
            await host.Jobs.EnqueueAsync(new Work());
        }

        await Task.Run(() => left.Wait()).WithWatchdog();
        return Count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    internal sealed class BareJob : IJob
    {
        public static CountdownEvent Left { get; set; } = new(0);

        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            Left.Signal();
            return ValueTask.CompletedTask;
        }
    }
}
