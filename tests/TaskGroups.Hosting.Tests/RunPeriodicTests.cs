using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Children that do their work again and again.</summary>
public sealed class RunPeriodicTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.5)]
    [InlineData(4_294_967_295)]
    public async Task RunPeriodic_WhenThePeriodIsOutOfRange_ThrowsAtOnce(double milliseconds)
    {
        await using TestHost host = TestHost.Build();

        Exception refused = Refused.With<ArgumentOutOfRangeException>(
            () => host.Background.RunPeriodic(TimeSpan.FromMilliseconds(milliseconds), _ => Task.CompletedTask));

        Assert.Contains("between 1 and 4,294,967,294 milliseconds", refused.Message, StringComparison.Ordinal);
        Refused.ForNull("group", () => ((IBackgroundTaskGroup)null!).RunPeriodic(Period, _ => Task.CompletedTask));
        Refused.ForNull("work", () => host.Background.RunPeriodic(Period, null!));
        Refused.With<ArgumentException>(() => new ForeignGroup().RunPeriodic(Period, _ => Task.CompletedTask));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunPeriodic_TakesATurnEachPeriod(bool runAtOnce)
    {
        await using TestHost host = await TestHost.StartAsync();
        Trail trail = new();
        int count = 0;
        host.Background.RunPeriodic(
            Period,
            _ =>
            {
                trail.Add($"turn {++count}");
                return Task.CompletedTask;
            },
            runAtOnce);

        await host.Clock.WaitForTimerAsync(Period).WithWatchdog();
        int first = runAtOnce ? 1 : 0;
        if (runAtOnce)
        {
            await trail.WaitForAsync("turn 1").WithWatchdog();
        }

        for (int turn = 1; turn <= 3; turn++)
        {
            Assert.Equal(first + turn - 1, count);
            host.Clock.Advance(Period);
            await trail.WaitForAsync($"turn {first + turn}").WithWatchdog();
        }
    }

    // No overlap: a turn that takes longer delays the next one, and missed ones are not made up for.
    [Fact]
    public async Task RunPeriodic_WhenATurnIsSlow_DoesNotOverlap()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate first = new();
        Gate mayEnd = new();
        Gate second = new();
        int running = 0;
        int count = 0;
        bool overlapped = false;
        host.Background.RunPeriodic(
            Period,
            async _ =>
            {
                overlapped |= Interlocked.Increment(ref running) > 1;
                (++count == 1 ? first : second).Open();
                if (count == 1)
                {
                    await mayEnd.WaitAsync(CancellationToken.None);
                }

                Interlocked.Decrement(ref running);
            },
            runAtOnce: true);
        await first.WaitAsync().WithWatchdog();

        host.Clock.Advance(Period * 3);
        mayEnd.Open();
        await second.WaitAsync().WithWatchdog();
        await host.StopAsync();

        Assert.False(overlapped);
        Assert.Equal(2, count);
    }

    [Fact]
    public async Task RunPeriodic_WhenATurnFails_LogsItAndTakesTheNext()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.FailureBehavior = BackgroundFailureBehavior.StopHost);
        Gate second = new();
        int count = 0;
        Task child = host.Background.RunPeriodic(
            Period,
            _ =>
            {
                if (++count == 1)
                {
                    throw new InvalidOperationException("first turn");
                }

                second.Open();
                return Task.CompletedTask;
            },
            runAtOnce: true,
            name: "poll");
        LogEntry error = await host.Log.WaitForAsync(each => each.EventId.Id == 26).WithWatchdog();
        host.Clock.Advance(Period);
        await second.WaitAsync().WithWatchdog();

        Assert.Equal((LogLevel.Error, "poll", "first turn"), (error.Level, error["Child"], error.Exception!.Message));
        Assert.False(child.IsCompleted);
        Assert.False(host.Lifetime.ApplicationStopping.IsCancellationRequested);
    }

    // R33: between two turns the child ends with the soft signal; a turn under way is waited for.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunPeriodic_WhenTheHostStops_EndsAfterTheTurnUnderWay(bool inATurn)
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate started = new();
        Gate mayEnd = new();
        bool wasCanceled = false;
        Task child = host.Background.RunPeriodic(
            Period,
            async ct =>
            {
                started.Open();
                await mayEnd.WaitAsync(CancellationToken.None);
                wasCanceled = ct.IsCancellationRequested;
            },
            runAtOnce: inATurn);
        await (inATurn ? started.WaitAsync() : host.Clock.WaitForTimerAsync(Period)).WithWatchdog();

        Task stop = host.StopAsync();
        if (inATurn)
        {
            await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
            Assert.False(stop.IsCompleted);
            mayEnd.Open();
        }

        await stop;

        Assert.True(child.IsCompletedSuccessfully);
        Assert.False(wasCanceled);
        Assert.Empty(host.Unfinished);
    }

    [Fact]
    public async Task RunPeriodic_WhenTheGroupIsCanceled_IsCanceled()
    {
        await using TestHost host = await TestHost.StartAsync();
        Task child = host.Background.RunPeriodic(Period, _ => Task.CompletedTask);
        await host.Clock.WaitForTimerAsync(Period).WithWatchdog();

        host.Background.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
    }
}
