using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Children whose work goes through a resilience pipeline.</summary>
public sealed class RunWithPipelineTests
{
    private readonly ManualClock _clock = new();

    // One child, all attempts; only the final outcome reaches the group
    [Fact]
    public async Task Run_WhenAnAttemptSucceedsAtLast_IsOneSuccessfulChild()
    {
        RecordingObserver observer = new();
        int attempts = 0;

        int result = await TaskGroup.RunAsync(
            group => group.Run(
                Retry(TimeSpan.Zero),
                _ => ++attempts < 3 ? throw new IOException("flaky") : Task.FromResult(attempts),
                "prices"),
            new TaskGroupOptions { Observer = observer }).WithWatchdog();

        Assert.Equal(3, result);
        Assert.Equal("prices", Assert.Single(observer.Of<ObserverEvent.ChildStarted>()).Name);
        Assert.Equal(ChildOutcome.Succeeded, Assert.Single(observer.Of<ObserverEvent.ChildCompleted>()).Outcome);
        Assert.Empty(observer.Of<ObserverEvent.ExceptionUnseen>());
    }

    [Fact]
    public async Task Run_WhenAllAttemptsFail_FailsTheGroupWithTheLastFailure()
    {
        int attempts = 0;
        List<Exception> thrown = [];
        Task join = TaskGroup.RunAsync(group => group.Run(Retry(TimeSpan.Zero), Task (_) =>
        {
            attempts++;
            var failure = new IOException("down");
            thrown.Add(failure);
            throw failure;
        }));

        Assert.Same(thrown[^1], await Assert.ThrowsAsync<IOException>(() => join.WithWatchdog()));
        Assert.Equal(4, attempts);
    }

    // Platform: a cancel during a retry's delay ends it at once
    [Fact]
    public async Task Run_WhenTheGroupIsCanceledBetweenAttempts_EndsTheDelay()
    {
        using var caller = new CancellationTokenSource();
        int attempts = 0;
        Task join = TaskGroup.RunAsync(
            group => group.Run(Retry(TimeSpan.FromMinutes(5)), Task (_) =>
            {
                attempts++;
                throw new IOException("down");
            }),
            caller.Token);
        await _clock.WaitForTimerAsync(TimeSpan.FromMinutes(5)).WithWatchdog();

        await caller.CancelAsync();

        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => join.WithWatchdog());
        Assert.Equal(caller.Token, canceled.CancellationToken);
        Assert.Equal(1, attempts);
    }

    // R11: a pipeline's timeout is a failure like any other
    [Fact]
    public async Task Run_WhenThePipelineTimesOut_FailsTheGroup()
    {
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder { TimeProvider = _clock }.AddTimeout(TimeSpan.FromSeconds(2)).Build();
        Task join = TaskGroup.RunAsync(group => group.Run(pipeline, ct => Task.Delay(Timeout.Infinite, ct)));
        await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(2)).WithWatchdog();

        _clock.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<TimeoutRejectedException>(() => join.WithWatchdog());
    }

    // R16
    [Fact]
    public async Task Run_WhenTheDelegateReturnsNull_FailsTheChild()
    {
        Task join = TaskGroup.RunAsync(group => group.Run(ResiliencePipeline.Empty, _ => (Task)null!));
        Task<int> value = TaskGroup.RunAsync(group => group.Run(ResiliencePipeline.Empty, _ => (Task<int>)null!));

        Assert.Contains(
            "null",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => join.WithWatchdog())).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "null",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => value.WithWatchdog())).Message,
            StringComparison.Ordinal);
    }

    // R36: on a background group the attempts are not failures either
    [Fact]
    public async Task Run_OnABackgroundGroup_LogsOnlyTheFinalFailure()
    {
        await using TestHost host = TestHost.Build();
        int attempts = 0;

        Task child = host.Background.Run(Retry(TimeSpan.Zero), Task (_) =>
        {
            attempts++;
            throw new IOException("down");
        });

        await Assert.ThrowsAsync<IOException>(() => child.WithWatchdog());
        Assert.Equal(4, attempts);
        Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    [Fact]
    public async Task Run_WhenGivenNull_ThrowsArgumentNullException()
    {
        await TaskGroup.RunAsync(group =>
        {
            Refused.ForNull("pipeline", () => group.Run(null!, _ => Task.CompletedTask));
            Refused.ForNull("work", () => group.Run(ResiliencePipeline.Empty, (Func<CancellationToken, Task>)null!));
            Refused.ForNull("work", () => group.Run(ResiliencePipeline.Empty, (Func<CancellationToken, Task<int>>)null!));
            return Task.CompletedTask;
        });
        Refused.ForNull("group", () => ((ITaskGroup)null!).Run(ResiliencePipeline.Empty, _ => Task.CompletedTask));
    }

    private ResiliencePipeline Retry(TimeSpan delay) => new ResiliencePipelineBuilder { TimeProvider = _clock }
        .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 3, Delay = delay })
        .Build();
}
