using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Long-lived children that a restart pipeline starts again.</summary>
public sealed class SuperviseTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // Bad input
    [Fact]
    public async Task Supervise_WhenGivenNullOrAForeignGroup_Throws()
    {
        await using TestHost host = TestHost.Build();

        Refused.ForNull("group", () => ((IBackgroundTaskGroup)null!).Supervise(ResiliencePipeline.Empty, _ => Task.CompletedTask));
        Refused.ForNull("restart", () => host.Background.Supervise(null!, _ => Task.CompletedTask));
        Refused.ForNull("work", () => host.Background.Supervise(ResiliencePipeline.Empty, null!));
        Assert.Contains(
            "AddTaskGroups",
            Refused.With<ArgumentException>(() => new ForeignGroup().Supervise(ResiliencePipeline.Empty, _ => Task.CompletedTask)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Supervise_WhenTheWorkReturns_StartsItAgainAfterThePause()
    {
        await using TestHost host = await TestHost.StartAsync();
        Exception? seen = null;
        Gate second = new();
        int runs = 0;
        ResiliencePipeline restart = Retry(int.MaxValue, onRetry: exception => seen ??= exception);

        Task child = host.Background.Supervise(
            restart,
            ct =>
            {
                if (++runs == 1)
                {
                    return Task.CompletedTask;
                }

                second.Open();
                return Task.Delay(Timeout.Infinite, ct);
            },
            "listener");
        await host.Clock.WaitForTimerAsync(Pause).WithWatchdog();
        Assert.Equal(1, runs);
        host.Clock.Advance(Pause);
        await second.WaitAsync().WithWatchdog();

        Assert.IsType<SupervisedWorkEndedException>(seen);
        Assert.False(child.IsCompleted);
        LogEntry line = Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal((25, "listener"), (line.EventId.Id, line["Child"]));
        Assert.Same(seen, line.Exception);
    }

    // Polly does not retry cancellations by default; this one is not the group's.
    [Fact]
    public async Task Supervise_WhenTheWorkEndsWithAForeignCancellation_StartsItAgain()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate second = new();
        int runs = 0;

        host.Background.Supervise(Retry(int.MaxValue), ct =>
        {
            if (++runs == 1)
            {
                throw new TaskCanceledException("of a client");
            }

            second.Open();
            return Task.Delay(Timeout.Infinite, ct);
        });
        await host.PassAsync(Pause);
        await second.WaitAsync().WithWatchdog();

        LogEntry line = Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.IsType<TaskCanceledException>(Assert.IsType<SupervisedWorkEndedException>(line.Exception).InnerException);
    }

    [Fact]
    public async Task Supervise_WhenThePipelineGivesUp_FailsTheChild()
    {
        await using TestHost host = await TestHost.StartAsync();
        int runs = 0;
        var last = new InvalidOperationException("third");

        Task child = host.Background.Supervise(
            Retry(attempts: 2), _ => throw (++runs == 3 ? last : new InvalidOperationException("earlier")), "listener");
        await host.PassManyAsync(Pause, 2);

        Assert.Same(last, await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog()));
        Assert.Equal(3, runs);
        Assert.Equal(["listener"], Assert.IsType<BackgroundTaskGroup>(host.Background).GivenUp);
        Assert.Same(last, Assert.Single(host.Errors).Exception);
    }

    // Five crashes in a year are not five in a row.
    [Fact]
    public async Task Supervise_WhenARunWasLong_BeginsAFreshExecution()
    {
        await using TestHost host = await TestHost.StartAsync();
        Trail trail = new();
        Gate[] mayFail = [new(), new(), new()];
        Gate[] runs = [new(), new(), new(), new()];
        int index = -1;
        ResiliencePipeline restart = Retry(attempts: 1, onRetry: exception => trail.Add($"retry after {exception.Message}"));

        Task child = host.Background.Supervise(restart, async ct =>
        {
            int run = ++index;
            runs[run].Open();
            if (run == 3)
            {
                await Task.Delay(Timeout.Infinite, ct);
            }

            await mayFail[run].WaitAsync(ct);
            throw new InvalidOperationException($"run {run}");
        });
        for (int run = 0; run < 3; run++)
        {
            await runs[run].WaitAsync().WithWatchdog();
            host.Clock.Advance(TimeSpan.FromSeconds(61));
            int timers = host.Clock.StartedTimers(Pause);
            mayFail[run].Open();
            await host.Clock.WaitForTimersAsync(Pause, timers + 1).WithWatchdog();
            host.Clock.Advance(Pause);
        }

        await runs[3].WaitAsync().WithWatchdog();
        Assert.False(child.IsCompleted);
        Assert.Equal(["retry after run 0", "retry after run 1", "retry after run 2"], trail.Steps);
    }

    // The lines: the first three, then one a minute.
    [Fact]
    public async Task Supervise_WhenTheWorkEndsOftenTheLog_HasThreeLinesThenOneAMinute()
    {
        await using TestHost host = await TestHost.StartAsync();
        Trail runs = new();
        int count = 0;
        host.Background.Supervise(Retry(int.MaxValue), _ =>
        {
            runs.Add($"run {++count}");
            return Task.CompletedTask;
        });

        for (int run = 1; run <= 6; run++)
        {
            await runs.WaitForAsync($"run {run}").WithWatchdog();
            await host.Clock.WaitForTimersAsync(Pause, run).WithWatchdog();
            host.Clock.Advance(run == 5 ? TimeSpan.FromMinutes(1) : Pause);
        }

        await runs.WaitForAsync("run 7").WithWatchdog();
        await host.Clock.WaitForTimersAsync(Pause, 7).WithWatchdog();
        Assert.Equal(
            [0, 0, 0, 2],
            host.Log.OfTaskGroups(LogLevel.Warning).Where(each => each.EventId.Id == 25).Select(each => (int)each["SilentCount"]!));
    }

    // R5, R11: an end after the stop is not restarted
    [Theory]
    [InlineData("returns")]
    [InlineData("obeys")]
    [InlineData("fails")]
    public async Task Supervise_WhenTheWorkEndsAfterTheStop_IsNotStartedAgain(string how)
    {
        await using TestHost host = await TestHost.StartAsync();
        CancellationToken stopping = host.Background.StoppingToken;
        Gate started = new();
        int runs = 0;
        Task child = host.Background.Supervise(Retry(int.MaxValue), async _ =>
        {
            runs++;
            started.Open();
            await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(
                how == "obeys" ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.SuppressThrowing);
            if (how == "fails")
            {
                throw new InvalidOperationException("after the stop");
            }
        });
        await started.WaitAsync().WithWatchdog();

        await host.StopAsync();

        Assert.Equal(1, runs);
        Assert.Equal(
            how switch { "returns" => TaskStatus.RanToCompletion, "obeys" => TaskStatus.Canceled, _ => TaskStatus.Faulted }, child.Status);
        Assert.Empty(host.Unfinished);
    }

    // A pause of ten minutes does not hold the shutdown.
    [Fact]
    public async Task Supervise_WhenStoppedBetweenTwoRuns_EndsAtOnce()
    {
        await using TestHost host = await TestHost.StartAsync();
        TimeSpan delay = TimeSpan.FromMinutes(10);
        Task child = host.Background.Supervise(
            Retry(int.MaxValue, delay: delay, clock: host.Clock), _ => throw new InvalidOperationException("failed"));
        await host.Clock.WaitForTimerAsync(delay).WithWatchdog();

        await host.StopAsync();

        Assert.True(child.IsCompletedSuccessfully);
        Assert.Empty(host.Errors);
        Assert.Empty(host.Unfinished);
    }

    // R5: a stopped group still takes children; what is supervised runs once.
    [Fact]
    public async Task Supervise_WhenTheGroupIsStoppedAlready_RunsOnce()
    {
        await using TestHost host = await TestHost.StartAsync();
        host.Background.Stop();
        int runs = 0;

        await host.Background.Supervise(Retry(int.MaxValue), _ =>
        {
            runs++;
            return Task.CompletedTask;
        }).WithWatchdog();

        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Supervise_WhenTheGroupIsCanceled_IsCanceled()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate started = new();
        int runs = 0;
        Task child = host.Background.Supervise(Retry(int.MaxValue), ct =>
        {
            runs++;
            started.Open();
            return Task.Delay(Timeout.Infinite, ct);
        });
        await started.WaitAsync().WithWatchdog();

        host.Background.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
        Assert.Equal(1, runs);
        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    // Nothing grows: what a run leaves on its token goes with the run.
    [Fact]
    public async Task Supervise_WhenARunHasEnded_LeavesItsRegistrationsBehind()
    {
        await using TestHost host = await TestHost.StartAsync();
        CancellationToken first = default;
        Gate second = new();
        host.Background.Supervise(Retry(int.MaxValue), ct =>
        {
            if (first == default)
            {
                first = ct;
                return Task.CompletedTask;
            }

            second.Open();
            return Task.Delay(Timeout.Infinite, ct);
        });
        await host.PassAsync(Pause);
        await second.WaitAsync().WithWatchdog();

        host.Background.Cancel();

        Assert.False(first.IsCancellationRequested);
    }

    private static ResiliencePipeline Retry(
        int attempts, Action<Exception>? onRetry = null, TimeSpan delay = default, TimeProvider? clock = null) =>
        new ResiliencePipelineBuilder { TimeProvider = clock ?? TimeProvider.System }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = attempts,
            Delay = delay,
            OnRetry = args =>
            {
                onRetry?.Invoke(args.Outcome.Exception!);
                return ValueTask.CompletedTask;
            },
        }).Build();
}
