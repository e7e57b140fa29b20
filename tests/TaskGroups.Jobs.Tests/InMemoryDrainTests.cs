using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Tests;

/// <summary>Jobs in memory during the drain: they are taken until it is over, and none is lost without a word.</summary>
public sealed class InMemoryDrainTests
{
    private static readonly TimeSpan SoftPhase = TimeSpan.FromSeconds(61);

    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Stop_WhenAJobWaitsForItsTime_ReportsThatItIsLost()
    {
        await using JobHost host = await StartAsync();
        JobId id = await host.Jobs.EnqueueAsync(new Work(), new() { NotBefore = _clock.GetUtcNow().AddHours(1) });

        await host.StopAsync();

        AssertLost(host, id);
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheDrainIsOver_Refuses()
    {
        await using JobHost host = await StartAsync();
        await host.StopAsync();

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await host.Jobs.EnqueueAsync(new Work()));

        Assert.Contains("'work' was not enqueued", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetryAsync_WhenTheDrainIsOver_Refuses()
    {
        await using JobHost host = await StartAsync(_ => throw new InvalidTimeZoneException(), job => job.MaxAttempts = 1);
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await host.InStateAsync(id, JobState.Failed);
        await host.StopAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await host.Jobs.RetryAsync(id));

        Assert.Equal(JobState.Failed, (await host.Jobs.FindAsync(id))!.State);
    }

    // Jobs may be enqueued during the drain, also while they have nothing to run: the drain of the other groups is not over.
    [Fact]
    public async Task EnqueueAsync_FromAChildOfAnotherGroupThatDrains_RunsTheJob()
    {
        await using JobHost host = await StartAsync();
        Task<JobId> enqueued = RunInOtherGroup(host, async () =>
        {
            await _clock.WaitForTimerAsync(SoftPhase).WithWatchdog(); // the drain of the jobs has begun, and waits
            return await host.Jobs.EnqueueAsync(new Work());
        });

        await host.StopAsync();

        Assert.Equal(JobState.Succeeded, (await host.Jobs.FindAsync(await enqueued))!.State);
        Assert.Empty(host.Unfinished);
    }

    [Fact]
    public async Task EnqueueAsync_FromAChildOfTheJobsGroupThatDrains_RunsTheJob()
    {
        await using JobHost host = await StartAsync();
        Task<JobId> enqueued = host.Background.Run(async ct =>
        {
            await _clock.WaitForTimerAsync(SoftPhase).WithWatchdog();
            return await host.Jobs.EnqueueAsync(new Work(), cancellationToken: ct);
        });

        await host.StopAsync();

        Assert.Equal(JobState.Succeeded, (await host.Jobs.FindAsync(await enqueued))!.State);
    }

    [Fact]
    public async Task EnqueueAsync_DuringTheDrainForALaterTime_ReportsThatTheJobIsLost()
    {
        await using JobHost host = await StartAsync();
        Task<JobId> enqueued = RunInOtherGroup(host, async () =>
        {
            await _clock.WaitForTimerAsync(SoftPhase).WithWatchdog();
            return await host.Jobs.EnqueueAsync(new Work(), new() { NotBefore = _clock.GetUtcNow().AddSeconds(1) });
        });

        await host.StopAsync();

        AssertLost(host, await enqueued);
    }

    [Fact]
    public async Task EnqueueAsync_DuringTheHardPhase_ReportsThatTheJobIsLost()
    {
        int runs = 0;
        await using JobHost host = await StartAsync(
            _ =>
            {
                runs++;
                return Task.CompletedTask;
            },
            drainTimeout: TimeSpan.Zero);
        Task<JobId> enqueued = RunInOtherGroup(host, async () =>
        {
            await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(20)).WithWatchdog(); // CancelTimeout of the jobs
            return await host.Jobs.EnqueueAsync(new Work());
        });

        await host.StopAsync();

        AssertLost(host, await enqueued);
        Assert.Equal(0, runs);
    }

    // The engine looks at the drain, then hands the run over: the hard phase may begin in between, and the group refuses the job.
    [Fact]
    public async Task RunAsync_WhenTheHardPhaseHasBegunSinceTheEngineLooked_ReportsThatTheJobIsLost()
    {
        int runs = 0;
        await using JobHost host = await StartAsync(
            _ =>
            {
                runs++;
                return Task.CompletedTask;
            },
            drainTimeout: TimeSpan.Zero);
        var late = new JobRun(new JobEntry(JobId.New(), "work", "{}", _clock.GetUtcNow()), attempt: 1, isRecovered: false);
        Task<JobId> handedOver = RunInOtherGroup(host, async () =>
        {
            await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(20)).WithWatchdog(); // CancelTimeout of the jobs
            JobRunEnd end = await host.Services.GetRequiredService<JobRunner>().RunAsync(late);
            Assert.Equal(JobRunOutcome.HandedBack, end.Outcome);
            return late.Entry.Id;
        });

        await host.StopAsync();

        AssertLost(host, await handedOver);
        Assert.Equal(0, runs);
    }

    [Fact]
    public async Task Stop_WhenAnAttemptFailsInTheSoftPhase_RunsTheNextOne()
    {
        Gate started = new();
        await using JobHost host = await StartAsync(async call =>
        {
            started.Open();
            if (call.Context.Attempt == 1)
            {
                await _clock.WaitForTimerAsync(SoftPhase).WithWatchdog();
                throw new InvalidTimeZoneException();
            }
        });
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await started.WaitAsync().WithWatchdog();

        await host.StopAsync();

        JobStatus status = (await host.Jobs.FindAsync(id))!;
        Assert.Equal((JobState.Succeeded, 2), (status.State, status.Attempt));
    }

    private static Task<JobId> RunInOtherGroup(JobHost host, Func<Task<JobId>> work) =>
        host.Services.GetRequiredKeyedService<IBackgroundTaskGroup>("emails").Run(_ => work());

    private static void AssertLost(JobHost host, JobId id)
    {
        UnfinishedChild child = Assert.Single(host.Unfinished);
        Assert.Equal(("work", UnfinishedReason.NeverStarted, false), (child.Name, child.Reason, child.WillBeResumed));
        Assert.Equal(id, child.State);
        Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning), line => id.Equals(line["JobId"]));
    }

    private async Task<JobHost> StartAsync(
        Func<JobCall, Task>? script = null, Action<JobOptions>? configure = null, TimeSpan? drainTimeout = null)
    {
        JobHost host = JobHost.Build(
            jobs => jobs.UseInMemory(),
            script,
            configure,
            services => services.AddSingleton<TimeProvider>(_clock).AddBackgroundTaskGroup("emails", options =>
            {
                options.DrainTimeout = TimeSpan.FromSeconds(62);
                options.CancelTimeout = TimeSpan.FromSeconds(30);
            }),
            drainTimeout ?? SoftPhase);
        await host.Host.StartAsync().WithWatchdog();
        return host;
    }
}
