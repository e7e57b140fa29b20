using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Tests;

/// <summary>The engine in memory, by a clock that the test moves.</summary>
public sealed class InMemoryTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Handler_WhenItFails_WaitsTwiceAsLongEachTime()
    {
        Trail trail = new();
        await using JobHost host = await StartAsync(
            call =>
            {
                trail.Add($"attempt {call.Context.Attempt}");
                return call.Context.Attempt < 4 ? throw new InvalidTimeZoneException() : Task.CompletedTask;
            },
            job =>
            {
                job.RetryDelay = TimeSpan.FromSeconds(10);
                job.MaxRetryDelay = TimeSpan.FromSeconds(25);
                job.RetryJitter = 0;
            });
        JobId id = await host.Jobs.EnqueueAsync(new Work());

        foreach (int seconds in (int[])[10, 20, 25])
        {
            await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(seconds)).WithWatchdog();
            Assert.Equal(JobState.Waiting, (await host.Jobs.FindAsync(id))!.State);
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        await host.InStateAsync(id, JobState.Succeeded);
        Assert.Equal(["attempt 1", "attempt 2", "attempt 3", "attempt 4"], trail.Steps);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void RetryAfter_WithJitter_StaysInItsPart(double jitter)
    {
        var options = new JobOptions { RetryDelay = TimeSpan.FromSeconds(100), RetryJitter = jitter };

        Assert.All(
            Enumerable.Range(0, 200).Select(_ => options.RetryAfter(1)!.Value.TotalSeconds),
            wait => Assert.InRange(wait, 100 * (1 - jitter), 100 * (1 + jitter)));
        Assert.Null(options.RetryAfter(5));
    }

    [Fact]
    public async Task EnqueueAsync_WhenItsTimeHasNotCome_WaitsForIt()
    {
        await using JobHost host = await StartAsync();
        JobId id = await host.Jobs.EnqueueAsync(new Work(), new() { NotBefore = _clock.GetUtcNow().AddDays(3) });

        for (int day = 1; day <= 3; day++)
        {
            Assert.Equal(JobState.Waiting, (await host.Jobs.FindAsync(id))!.State);
            await _clock.WaitForTimersAsync(TimeSpan.FromDays(1), day).WithWatchdog();
            _clock.Advance(TimeSpan.FromDays(1));
        }

        await host.InStateAsync(id, JobState.Succeeded);
    }

    [Fact]
    public async Task Jobs_WhenTheyHaveEnded_AreKeptForTheirTime()
    {
        await using JobHost host = await StartAsync(
            call => call.Text == "fail" ? throw new InvalidTimeZoneException() : Task.CompletedTask, job => job.MaxAttempts = 1);
        JobId succeeded = await host.Jobs.EnqueueAsync(new Work());
        JobId failed = await host.Jobs.EnqueueAsync(new Work("fail"));
        await host.InStateAsync(succeeded, JobState.Succeeded);
        await host.InStateAsync(failed, JobState.Failed);

        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Null(await host.Jobs.FindAsync(succeeded));
        Assert.NotNull(await host.Jobs.FindAsync(failed));
        _clock.Advance(TimeSpan.FromDays(13));
        Assert.Null(await host.Jobs.FindAsync(failed));
    }

    [Fact]
    public async Task Queues_WhenAJobIsDue_SayForHowLong()
    {
        Gate gate = new();
        Gate started = new();
        await using JobHost host = await StartAsync(
            call =>
            {
                started.Open();
                return gate.WaitAsync(call.Token);
            },
            services: services => services.AddBackgroundTaskGroup("jobs", options => options.MaxConcurrency = 1));
        await host.Jobs.EnqueueAsync(new Work());
        await started.WaitAsync().WithWatchdog();
        DateTimeOffset due = _clock.GetUtcNow();
        await host.Jobs.EnqueueAsync(new Work());
        _clock.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal(new JobQueueLength("work", 1, due), Assert.Single(host.Engine.Queues));
        QueueView view = Assert.Single(host.Services.GetRequiredService<IJobQueues>().Read());
        Assert.Equal(new QueueView("work", 1, 7_000), view);
        gate.Open();
    }

    [Fact]
    public async Task CancelAsync_WhenADueJobWaitsForAPlace_NeverRunsIt()
    {
        Gate gate = new();
        Gate started = new();
        List<string> run = [];
        await using JobHost host = await StartAsync(
            call =>
            {
                run.Add(call.Text);
                started.Open();
                return gate.WaitAsync(call.Token);
            },
            services: services => services.AddBackgroundTaskGroup("jobs", options => options.MaxConcurrency = 1));
        JobId first = await host.Jobs.EnqueueAsync(new Work("first"));
        await started.WaitAsync().WithWatchdog();
        JobId second = await host.Jobs.EnqueueAsync(new Work("second"));
        JobId third = await host.Jobs.EnqueueAsync(new Work("third"));

        Assert.True(await host.Jobs.CancelAsync(second));

        Assert.Equal(JobState.Canceled, (await host.Jobs.FindAsync(second))!.State);
        gate.Open();
        await host.InStateAsync(first, JobState.Succeeded);
        await host.InStateAsync(third, JobState.Succeeded);
        Assert.Equal(["first", "third"], run);
    }

    [Fact]
    public async Task Every_WhenTurnsCome_RunsEachOnceUnderItsOwnId()
    {
        Trail trail = new();
        _clock.SetUtcNow(new DateTimeOffset(2026, 11, 30, 2, 59, 0, TimeSpan.Zero));
        await using JobHost host = await StartAsync(
            call =>
            {
                trail.Add(call.Context.Id.Value);
                return Task.CompletedTask;
            },
            job => job.Every(TimeSpan.FromHours(1)));

        await _clock.WaitForTimerAsync(TimeSpan.FromMinutes(1)).WithWatchdog();
        _clock.Advance(TimeSpan.FromMinutes(1));
        await trail.WaitForAsync("work@2026-11-30T03:00:00Z").WithWatchdog();
        await _clock.WaitForTimerAsync(TimeSpan.FromHours(1)).WithWatchdog();
        _clock.Advance(TimeSpan.FromHours(1));
        await trail.WaitForAsync("work@2026-11-30T04:00:00Z").WithWatchdog();

        Assert.Equal(["work@2026-11-30T03:00:00Z", "work@2026-11-30T04:00:00Z"], trail.Steps);
    }

    [Theory]
    [InlineData(MissedTurns.RunOnce, "work@2026-11-30T05:00:00Z")]
    [InlineData(MissedTurns.Skip, "work@2026-11-30T06:00:00Z")]
    public async Task Cron_WhenTurnsWereMissed_DoesWhatItsPolicySays(MissedTurns missed, string expected)
    {
        Trail trail = new();
        _clock.SetUtcNow(new DateTimeOffset(2026, 11, 30, 2, 59, 0, TimeSpan.Zero));
        await using JobHost host = await StartAsync(
            call =>
            {
                trail.Add(call.Context.Id.Value);
                return Task.CompletedTask;
            },
            job =>
            {
                job.Cron("0 * * * *");
                job.MissedTurns = missed;
            });
        await _clock.WaitForTimerAsync(TimeSpan.FromMinutes(1)).WithWatchdog();

        _clock.Advance(TimeSpan.FromMinutes(151)); // 03:00, 04:00 and 05:00 have passed; it is 05:30
        await _clock.WaitForTimerAsync(TimeSpan.FromMinutes(30)).WithWatchdog();
        if (missed == MissedTurns.RunOnce)
        {
            await trail.WaitForAsync(expected).WithWatchdog(); // turns of one job may run side by side
        }

        _clock.Advance(TimeSpan.FromMinutes(30));
        await trail.WaitForAsync("work@2026-11-30T06:00:00Z").WithWatchdog();

        Assert.Equal(expected, trail.Steps[0]);
        Assert.DoesNotContain("work@2026-11-30T03:00:00Z", trail.Steps);
    }

    [Fact]
    public void Cron_WithATimeZone_FollowsItsClock()
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        IJobSchedule schedule = new JobOptions().Cron("30 2 * * *", zone).Schedule!;

        // On 29 March 2026 the clock goes from 02:00 to 03:00, on 25 October from 03:00 back to 02:00.
        Assert.Equal(At(2026, 3, 29, 1), schedule.Next(At(2026, 3, 28, 12)));
        Assert.Equal(At(2026, 3, 30, 0).AddMinutes(30), schedule.Next(At(2026, 3, 29, 1)));
        Assert.Equal(At(2026, 10, 26, 1).AddMinutes(30), schedule.Next(At(2026, 10, 25, 1).AddMinutes(30)));
    }

    [Fact]
    public void LatestTurn_OverALongGap_IsFoundWithoutAWalk()
    {
        IJobSchedule schedule = new JobOptions().Every(TimeSpan.FromSeconds(1)).Schedule!;

        DateTimeOffset? latest = RecurringJobs.LatestTurn(schedule, At(1970, 1, 1, 0), At(2026, 1, 1, 0));

        Assert.Equal(At(2026, 1, 1, 0), latest);
        Assert.Null(RecurringJobs.LatestTurn(schedule, At(2026, 1, 1, 0), At(2026, 1, 1, 0)));
    }

    private static DateTimeOffset At(int year, int month, int day, int hour) => new(year, month, day, hour, 0, 0, TimeSpan.Zero);

    private async Task<JobHost> StartAsync(
        Func<JobCall, Task>? script = null,
        Action<JobOptions>? configure = null,
        Action<IServiceCollection>? services = null)
    {
        JobHost host = JobHost.Build(jobs => jobs.UseInMemory(), script, configure, all =>
        {
            all.AddSingleton<TimeProvider>(_clock);
            services?.Invoke(all);
        });
        await host.Host.StartAsync().WithWatchdog();
        return host;
    }
}
