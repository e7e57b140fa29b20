using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using TaskGroups.Jobs.Tests;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What a node does when the database, the tables or the other nodes are not what it expects.</summary>
public sealed class ClusterTests(PostgresServer server) : IAsyncLifetime
{
    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Start_WhenTheDatabaseDoesNotAnswer_IsNotReadyAndRunsJobsWhenItDoes()
    {
        await using JobHost other = Build(_database);
        JobId id = await other.Jobs.EnqueueAsync(new Work());
        await using TcpRelay relay = TcpRelay.To(_database);
        await using JobHost host = Build(relay.Through(_database), services => services.AddHealthChecks().AddTaskGroups());

        await host.Host.StartAsync().WithWatchdog();

        HealthReport report = await CheckHealthAsync(host);
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("jobs (the database does not answer", report.Entries.Single().Value.Description, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await host.Jobs.EnqueueAsync(new Work()));

        relay.Open();
        await other.InStateAsync(id, JobState.Succeeded);
        await ReadyAsync(host);
    }

    [Fact]
    public async Task Start_WhenTheTablesAreOfANewerVersion_SaysWhatToDo()
    {
        await using (JobHost host = Build(_database))
        {
            await host.Jobs.EnqueueAsync(new Work());
        }

        await ExecuteAsync("update taskgroups_jobs_schema set version = 2");
        await using JobHost older = Build(_database);

        Exception refused = await RefusedAsync(older);

        Assert.Contains("have version 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Update the package", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await older.Jobs.EnqueueAsync(new Work()));
    }

    // During a rollout the version that knows a job runs it, and the other one leaves it alone.
    [Fact]
    public async Task Job_WhenThisVersionDoesNotKnowIt_StaysAndIsReportedUntilOneComesThatDoes()
    {
        await using JobHost newer = Build(_database);
        JobId id = await newer.Jobs.EnqueueAsync(new Other());
        using IHost older = BuildOlder(out RecordingLogger log);
        await older.StartAsync().WithWatchdog();

        LogEntry report = await log.WaitForAsync(line => line.EventId.Id == 13).WithWatchdog();
        Assert.Equal(("other", 1L), (report["Job"], report["JobCount"]));
        await older.Services.GetRequiredService<IJobs>().EnqueueAsync(new Work(), new() { Id = "known" });
        await newer.InStateAsync("known", JobState.Succeeded);
        Assert.Equal(JobState.Waiting, (await newer.Jobs.FindAsync(id))!.State);

        await newer.Host.StartAsync().WithWatchdog();
        await newer.InStateAsync(id, JobState.Succeeded);
        await older.StopAsync().WithWatchdog();
    }

    [Fact]
    public async Task RecurringJob_OnTwoNodes_RunsOncePerTurn()
    {
        ConcurrentQueue<string> turns = new();
        Task Note(JobCall call)
        {
            turns.Enqueue(call.Context.Id.Value);
            return Task.CompletedTask;
        }

        await using JobHost one = JobHost.Build(UseQuartz, Note, job => job.Every(TimeSpan.FromSeconds(1)));
        await using JobHost two = JobHost.Build(UseQuartz, Note, job => job.Every(TimeSpan.FromSeconds(1)));
        await Task.WhenAll(one.Host.StartAsync(), two.Host.StartAsync()).WithWatchdog();
        using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
        while (turns.Count < 4)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), watchdog.Token);
        }

        await Task.WhenAll(one.StopAsync(), two.StopAsync());

        Assert.Equal(turns.Distinct(), turns);
        Assert.All(turns, turn => Assert.StartsWith("work@", turn, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Job_WhenItsTurnWasDeletedFromTheEngine_IsGivenAnotherOne()
    {
        await using JobHost host = Build(_database);
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await ExecuteAsync("truncate qrtz_job_details cascade");

        await host.Host.StartAsync().WithWatchdog();

        await host.InStateAsync(id, JobState.Succeeded);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Database=shop")]
    [InlineData("Host=localhost")]
    [InlineData("this is none")]
    public void UsePostgres_WhenTheConnectionStringIsNone_Throws(string connectionString) =>
        Assert.ThrowsAny<ArgumentException>(
            () => new ServiceCollection().AddJobs(jobs => jobs.UseQuartz(quartz => quartz.UsePostgres(connectionString))));

    [Fact]
    public void UseQuartz_WhenNoDatabaseIsNamed_SaysWhatToType()
    {
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(
            () => new ServiceCollection().AddJobs(jobs => jobs.UseQuartz(_ => { })));

        Assert.Contains("UsePostgres(connectionString)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_WhenTheyAreNotKeptAnyLonger_AreRemovedButTheLatestTurnIsNot()
    {
        await using JobHost host = Build(_database);
        await host.Jobs.EnqueueAsync(new Other(), new() { Id = "old" });
        await host.Jobs.EnqueueAsync(new Other(), new() { Id = "failed" });
        await host.Jobs.EnqueueAsync(new Work(), new() { Id = "work@2026-01-01T00:00:00Z" });
        await host.Jobs.EnqueueAsync(new Work(), new() { Id = "work@2026-01-02T00:00:00Z" });
        await ExecuteAsync("update taskgroups_jobs set state = 'succeeded', ended_at = now() - interval '2 days'");
        await ExecuteAsync("update taskgroups_jobs set state = 'failed' where id = 'failed'");

        await using JobHost next = JobHost.Build(
            UseQuartz, configure: job => job.Every(TimeSpan.FromDays(300)).MissedTurns = MissedTurns.Skip);
        await next.Host.StartAsync().WithWatchdog();

        await GoneAsync("old");
        await GoneAsync("work@2026-01-01T00:00:00Z");
        Assert.NotNull(await host.Jobs.FindAsync("work@2026-01-02T00:00:00Z"));
        Assert.NotNull(await host.Jobs.FindAsync("failed"));

        async Task GoneAsync(JobId id)
        {
            using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
            while (await host.Jobs.FindAsync(id) is not null)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), watchdog.Token);
            }
        }
    }

    // The refusal ends the start; where the database is slow to answer, the host has started by then, and logs it.
    private static async Task<Exception> RefusedAsync(JobHost host)
    {
        try
        {
            await host.Host.StartAsync().WithWatchdog();
        }
        catch (InvalidOperationException refused)
        {
            return refused;
        }

        return (await host.Log.WaitForAsync(line => line.Exception is InvalidOperationException).WithWatchdog()).Exception!;
    }

    // The first jobs may run before readiness knows that the node takes part.
    private static async Task ReadyAsync(JobHost host)
    {
        using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
        while ((await CheckHealthAsync(host)).Status != HealthStatus.Healthy)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), watchdog.Token);
        }
    }

    private static Task<HealthReport> CheckHealthAsync(JobHost host) =>
        host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private static JobHost Build(string database, Action<IServiceCollection>? services = null) =>
        JobHost.Build(jobs => jobs.UseQuartz(quartz => quartz.UsePostgres(database)), services: services);

    private void UseQuartz(JobsBuilder jobs) => jobs.UseQuartz(quartz => quartz.UsePostgres(_database));

    private IHost BuildOlder(out RecordingLogger log)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(log = new RecordingLogger());
        builder.Services.AddSingleton(new JobScript());
        builder.Services.AddJobs(jobs =>
        {
            jobs.Add<WorkHandler, Work>("work");
            UseQuartz(jobs);
        });
        return builder.Build();
    }

    private async Task ExecuteAsync(string text)
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using NpgsqlCommand command = source.CreateCommand(text);
        await command.ExecuteNonQueryAsync();
    }
}
