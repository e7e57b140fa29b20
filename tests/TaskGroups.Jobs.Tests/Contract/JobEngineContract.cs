using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Tests;

/// <summary>What every engine does. Each engine's tests derive a class from this one.</summary>
public abstract partial class JobEngineContract
{
    /// <summary>Chooses the engine, with a store of this test's own.</summary>
    protected abstract void UseEngine(JobsBuilder jobs);

    /// <summary>Builds a host without starting it.</summary>
    protected JobHost Build(
        Func<JobCall, Task>? script = null,
        Action<JobOptions>? configure = null,
        Action<IServiceCollection>? services = null,
        TimeSpan? drainTimeout = null) =>
        JobHost.Build(UseEngine, script, configure, services, drainTimeout);

    protected async Task<JobHost> StartAsync(
        Func<JobCall, Task>? script = null,
        Action<JobOptions>? configure = null,
        Action<IServiceCollection>? services = null,
        TimeSpan? drainTimeout = null)
    {
        JobHost host = Build(script, configure, services, drainTimeout);
        await host.Host.StartAsync().WithWatchdog();
        return host;
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheHostRuns_RunsTheHandlerWithPayloadAndContext()
    {
        var called = new TaskCompletionSource<JobCall>();
        await using JobHost host = await StartAsync(call =>
        {
            called.SetResult(call);
            return Task.CompletedTask;
        });

        JobId id = await host.Jobs.EnqueueAsync(new Work("receipt 42"), new() { Id = "order-42" });

        JobCall call = await called.Task.WithWatchdog();
        Assert.Equal("order-42", id.Value);
        Assert.Equal("receipt 42", call.Text);
        Assert.Equal((id, "work", 1, false), (call.Context.Id, call.Context.Name, call.Context.Attempt, call.Context.IsRecovered));
        JobStatus status = await host.InStateAsync(id, JobState.Succeeded);
        Assert.Equal(1, status.Attempt);
        Assert.NotNull(status.Node);
        Assert.NotNull(status.StartedAt);
        Assert.NotNull(status.EndedAt);
        Assert.Null(status.FailureType);
        Assert.Equal(call.Context.EnqueuedAt, status.EnqueuedAt, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheHostHasNotStarted_RunsTheJobAfterTheStart()
    {
        await using JobHost host = Build();
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        Assert.Equal(JobState.Waiting, (await host.Jobs.FindAsync(id))!.State);

        await host.Host.StartAsync().WithWatchdog();

        await host.InStateAsync(id, JobState.Succeeded);
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheIdIsThere_IsTheSameJobAlsoAfterItHasEnded()
    {
        int runs = 0;
        Gate gate = new();
        await using JobHost host = await StartAsync(call =>
        {
            Interlocked.Increment(ref runs);
            return gate.WaitAsync(call.Token);
        });

        JobId first = await host.Jobs.EnqueueAsync(new Work("first"), new() { Id = "same" });
        JobId second = await host.Jobs.EnqueueAsync(new Work("second"), new() { Id = "same" });
        gate.Open();
        await host.InStateAsync(first, JobState.Succeeded);
        await host.Jobs.EnqueueAsync(new Work("third"), new() { Id = "same" });
        await host.InStateAsync(await host.Jobs.EnqueueAsync(new Work("another")), JobState.Succeeded);

        Assert.Equal(first, second);
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheIdBelongsToAnotherJob_NamesBoth()
    {
        await using JobHost host = await StartAsync();
        await host.Jobs.EnqueueAsync(new Work(), new() { Id = "taken" });

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await host.Jobs.EnqueueAsync(new Other(), new() { Id = "taken" }));

        Assert.Contains("'taken'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'work'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'other'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_WhenItFails_RunsAgainWithTheSameIdUntilItSucceeds()
    {
        List<(JobId Id, int Attempt)> attempts = [];
        await using JobHost host = await StartAsync(call =>
        {
            attempts.Add((call.Context.Id, call.Context.Attempt));
            return call.Context.Attempt < 3 ? throw new InvalidTimeZoneException("not yet") : Task.CompletedTask;
        });

        JobId id = await host.Jobs.EnqueueAsync(new Work());

        JobStatus status = await host.InStateAsync(id, JobState.Succeeded);
        Assert.Equal([(id, 1), (id, 2), (id, 3)], attempts);
        Assert.Equal(3, status.Attempt);
        Assert.Equal(2, host.Log.OfTaskGroups(LogLevel.Warning).Count(line => line.Exception is InvalidTimeZoneException));
    }

    [Fact]
    public async Task Handler_WhenTheLastAttemptFails_IsKeptAsFailedAndRunsAgainWhenAsked()
    {
        int runs = 0;
        await using JobHost host = await StartAsync(
            call => ++runs <= 2 ? throw new InvalidTimeZoneException("no") : Task.CompletedTask,
            job => job.MaxAttempts = 2);

        JobId id = await host.Jobs.EnqueueAsync(new Work());
        JobStatus failed = await host.InStateAsync(id, JobState.Failed);
        Assert.Equal((2, typeof(InvalidTimeZoneException).FullName), (failed.Attempt, failed.FailureType));
        Assert.NotNull(failed.EndedAt);
        Assert.Contains(host.Log.OfTaskGroups(LogLevel.Error), line => line["Job"] is "work" && line.Exception is InvalidTimeZoneException);

        Assert.True(await host.Jobs.RetryAsync(id));

        Assert.Equal(1, (await host.InStateAsync(id, JobState.Succeeded)).Attempt);
        Assert.False(await host.Jobs.RetryAsync(id));
    }

    [Fact]
    public async Task Handler_WhenTheTimeoutPasses_FailsAsTimedOut()
    {
        var reason = new TaskCompletionSource<JobEnd>();
        await using JobHost host = await StartAsync(
            async call =>
            {
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, call.Token);
                }
                finally
                {
                    reason.TrySetResult(call.Context.EndReason);
                }
            },
            job =>
            {
                job.Timeout = TimeSpan.FromMilliseconds(50);
                job.MaxAttempts = 1;
            });

        JobId id = await host.Jobs.EnqueueAsync(new Work());

        JobStatus status = await host.InStateAsync(id, JobState.Failed);
        Assert.Equal(JobEnd.TimedOut, await reason.Task);
        Assert.Equal(typeof(TimeoutException).FullName, status.FailureType);
    }

    [Fact]
    public async Task CancelAsync_WhenTheJobWaits_RemovesItForGood()
    {
        int runs = 0;
        await using JobHost host = await StartAsync(_ =>
        {
            runs++;
            return Task.CompletedTask;
        });
        JobId id = await host.Jobs.EnqueueAsync(new Work(), new() { NotBefore = DateTimeOffset.MaxValue.AddYears(-5) });

        Assert.True(await host.Jobs.CancelAsync(id));

        JobStatus status = (await host.Jobs.FindAsync(id))!;
        Assert.Equal((JobState.Canceled, 0, 0), (status.State, status.Attempt, runs));
        Assert.False(await host.Jobs.CancelAsync(id));
        Assert.False(await host.Jobs.RetryAsync(id));
    }

    [Fact]
    public async Task CancelAsync_WhenTheJobRuns_FiresItsTokenAndDoesNotRunItAgain()
    {
        Gate started = new();
        var reason = new TaskCompletionSource<JobEnd>();
        await using JobHost host = await StartAsync(async call =>
        {
            started.Open();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, call.Token);
            }
            finally
            {
                reason.SetResult(call.Context.EndReason);
            }
        });
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await started.WaitAsync().WithWatchdog();

        Assert.True(await host.Jobs.CancelAsync(id));

        Assert.Equal(JobEnd.Canceled, await reason.Task.WithWatchdog());
        JobStatus status = await host.InStateAsync(id, JobState.Canceled);
        Assert.Null(status.FailureType);
        Assert.NotNull(status.EndedAt);
    }

    [Fact]
    public async Task CancelRetryFind_WhenThereIsNoSuchJob_SaySo()
    {
        await using JobHost host = await StartAsync();

        Assert.False(await host.Jobs.CancelAsync("nothing"));
        Assert.False(await host.Jobs.RetryAsync("nothing"));
        Assert.Null(await host.Jobs.FindAsync("nothing"));
    }

    [Fact]
    public async Task Job_WhenItStartsChildren_IsTheirGroupAndEndsAfterThemAndAfterItsScope()
    {
        Trail trail = new();
        Gate gate = new();
        await using JobHost host = await StartAsync(
            call =>
            {
                call.Scope.GetRequiredService<Noted>();
                call.Group.Run(
                    async ct =>
                    {
                        await gate.WaitAsync(ct);
                        trail.Add("child");
                    },
                    "child");
                trail.Add($"handler of {call.Group.Name}");
                return Task.CompletedTask;
            },
            services: services => services.AddSingleton(trail).AddScoped<Noted>());
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await trail.WaitForAsync("handler of work").WithWatchdog();
        Assert.Equal(JobState.Running, (await host.InStateAsync(id, JobState.Running)).State);

        gate.Open();

        await host.InStateAsync(id, JobState.Succeeded);
        Assert.Equal(["handler of work", "child", "scope disposed"], trail.Steps);
    }

    [Fact]
    public async Task Job_WhenAChildFails_CancelsTheHandlerAndFails()
    {
        await using JobHost host = await StartAsync(
            async call =>
            {
                call.Group.Run(_ => throw new InvalidTimeZoneException("child"), "child");
                await Task.Delay(Timeout.InfiniteTimeSpan, call.Token);
            },
            job => job.MaxAttempts = 1);

        JobId id = await host.Jobs.EnqueueAsync(new Work());

        Assert.Equal(typeof(InvalidTimeZoneException).FullName, (await host.InStateAsync(id, JobState.Failed)).FailureType);
    }

    [Fact]
    public async Task Queues_WhenJobsWait_CountThemByName()
    {
        await using JobHost host = await StartAsync();
        DateTimeOffset later = DateTimeOffset.MaxValue.AddYears(-5);
        await host.Jobs.EnqueueAsync(new Work(), new() { NotBefore = later });
        await host.Jobs.EnqueueAsync(new Work(), new() { NotBefore = later });

        JobQueueLength queue = await UntilAsync(() => host.Engine.Queues.SingleOrDefault(each => each is { Job: "work", Waiting: 2 }));

        Assert.Null(queue.OldestDueAt);
    }

    [Fact]
    public async Task ListAsync_WhenThereAreManyJobs_GivesThemNewestFirstByPageStateAndName()
    {
        await using JobHost host = await StartAsync();
        DateTimeOffset later = DateTimeOffset.MaxValue.AddYears(-5);
        List<JobId> ids = [];
        for (int number = 0; number < JobQuery.PageSize + 5; number++)
        {
            ids.Add(await host.Jobs.EnqueueAsync(new Work(), new() { Id = $"work-{number}", NotBefore = later }));
        }

        JobId other = await host.Jobs.EnqueueAsync(new Other());
        await host.InStateAsync(other, JobState.Succeeded);
        await host.Jobs.CancelAsync("work-3");
        ids.Reverse();

        IReadOnlyList<JobStatus> first = (await host.Engine.ListAsync(new JobQuery(Job: "work"), default))!;
        IReadOnlyList<JobStatus> second = (await host.Engine.ListAsync(new JobQuery(Job: "work", After: first[^1].Id), default))!;
        Assert.Equal(ids, [.. first.Select(each => each.Id), .. second.Select(each => each.Id)]);
        Assert.Equal(other, (await host.Engine.ListAsync(new JobQuery(), default))![0].Id);
        Assert.Equal([other], (await host.Engine.ListAsync(new JobQuery(JobState.Succeeded), default))!.Select(each => each.Id));
        Assert.Equal(["work-3"], (await host.Engine.ListAsync(new JobQuery(JobState.Canceled), default))!.Select(each => each.Id.Value));
        Assert.Null(await host.Engine.ListAsync(new JobQuery(After: "nothing"), default));
    }

    [Fact]
    public async Task Stop_WhenAJobFinishesInTheSoftPhase_LetsItSucceed()
    {
        Gate started = new();
        await using JobHost host = await StartAsync(async call =>
        {
            started.Open();
            await Task.Delay(Timeout.InfiniteTimeSpan, call.Context.StoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
            Assert.Equal(JobEnd.None, call.Context.EndReason);
        });
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await started.WaitAsync().WithWatchdog();

        await host.StopAsync();

        Assert.Empty(host.Unfinished);
        Assert.DoesNotContain(host.Log.OfTaskGroups(LogLevel.Warning), line => line["JobId"] is not null);
        Assert.Equal(JobState.Succeeded, await StateAfterStopAsync(host, id));
    }

    [Fact]
    public async Task Stop_WhenTheSoftPhaseIsOver_CancelsTheJobAndHandsItBack()
    {
        Gate started = new();
        var reason = new TaskCompletionSource<JobEnd>();
        await using JobHost host = await StartAsync(
            async call =>
            {
                started.Open();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, call.Token);
                }
                finally
                {
                    reason.SetResult(call.Context.EndReason);
                }
            },
            drainTimeout: TimeSpan.Zero);
        JobId id = await host.Jobs.EnqueueAsync(new Work());
        await started.WaitAsync().WithWatchdog();

        await host.StopAsync();

        Assert.Equal(JobEnd.HostStopping, await reason.Task);
        UnfinishedChild child = Assert.Single(host.Unfinished);
        Assert.Equal(("jobs", "work", UnfinishedReason.Canceled), (child.Group, child.Name, child.Reason));
        Assert.Equal((id, host.Engine.IsDurable), (child.State, child.WillBeResumed));
        Assert.Contains(
            host.Log.OfTaskGroups(), line => line["Job"] is "work" && line["JobId"]!.Equals(id) && line.EventId.Id is 6 or 11);
    }

    [Fact]
    public async Task EnqueueAsync_WhenTheHostStopsAndRequestsStillRun_TakesTheJob()
    {
        JobId? enqueued = null;
        JobHost? host = null;
        await using JobHost built = host = Build(services: services => services.AddHostedService(_ => new AtStop(
            async () => enqueued = await host!.Jobs.EnqueueAsync(new Work()))));
        await host.Host.StartAsync().WithWatchdog();

        await host.StopAsync();

        Assert.NotNull(enqueued);
        JobState expected = host.Engine.IsDurable ? JobState.Waiting : JobState.Succeeded;
        Assert.Equal(expected, await StateAfterStopAsync(host, enqueued.Value));
    }

    /// <summary>Reads the state of a job when the host has stopped and the container still lives.</summary>
    protected virtual async Task<JobState> StateAfterStopAsync(JobHost host, JobId id) => (await host.Jobs.FindAsync(id))!.State;

    protected static async Task<T> UntilAsync<T>(Func<T?> read)
        where T : class
    {
        using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
        while (true)
        {
            if (read() is { } value)
            {
                return value;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), watchdog.Token);
        }
    }

    private sealed class Noted(Trail trail) : IDisposable
    {
        public void Dispose() => trail.Add("scope disposed");
    }

    private sealed class AtStop(Func<Task> work) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => work();
    }
}
