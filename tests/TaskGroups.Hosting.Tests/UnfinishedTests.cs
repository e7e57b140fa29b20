using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>R33: what a shutdown cut short is named, handed over, and counted.</summary>
public sealed class UnfinishedTests
{
    private const int Many = 100_000;

    [Fact]
    public async Task StopAsync_WhenManyChildrenAreCanceled_LogsTheFirstTwentyThenACount()
    {
        await using TestHost host = await TestHost.StartAsync();
        for (int index = 0; index < 25; index++)
        {
            await host.RunningAsync($"child {index}", ct => Task.Delay(Timeout.Infinite, ct));
        }

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await stop;

        Assert.Equal(25, host.Unfinished.Count(child => child.Reason == UnfinishedReason.Canceled));
        Assert.Equal(20, host.Log.OfTaskGroups().Count(each => each.EventId.Id == 21 && each.Level == LogLevel.Warning));
        LogEntry more = Assert.Single(host.Log.OfTaskGroups(), each => each.EventId.Id == 22);
        Assert.Equal((LogLevel.Warning, 5), (more.Level, more["CanceledCount"]));
        Assert.Empty(host.Errors);
    }

    // A group nested in the background group counts as a child.
    [Fact]
    public async Task StopAsync_WhenANestedGroupIsCanceled_NamesTheGroup()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate started = new();
        Task nested = host.Background.RunGroupAsync(
            group => group.Run(ct =>
            {
                started.Open();
                return Task.Delay(Timeout.Infinite, ct);
            }),
            new TaskGroupOptions { Name = "import" });
        await started.WaitAsync().WithWatchdog();

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await stop;

        Assert.True(nested.IsCanceled);
        UnfinishedChild child = Assert.Single(host.Unfinished);
        Assert.Equal(("background", "import", UnfinishedReason.Canceled), (child.Group, child.Name, child.Reason));
    }

    // What the library keeps for a child with a scope is no state that the application gave.
    [Fact]
    public async Task StopAsync_WhenAScopedChildIsCanceled_HandsOverNoStateOfTheLibrary()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate started = new();
        Task one = host.Background.RunScoped(
            (IServiceProvider _, CancellationToken ct) =>
            {
                started.Open();
                return Task.Delay(Timeout.Infinite, ct);
            },
            "scoped");
        await started.WaitAsync().WithWatchdog();

        Task stop = host.StopAsync();
        await host.PassDrainTimeoutAsync();
        await stop;

        Assert.True(one.IsCanceled);
        UnfinishedChild child = Assert.Single(host.Unfinished);
        Assert.Equal(("scoped", UnfinishedReason.Canceled, null), (child.Name, child.Reason, child.State));
    }

    // A child that ends by itself in the soft phase is finished, also with a cancellation of its own.
    [Fact]
    public async Task StopAsync_WhenAChildEndsInTheSoftPhase_IsNotUnfinished()
    {
        await using TestHost host = await TestHost.StartAsync();
        CancellationToken stopping = host.Background.StoppingToken;
        Task child = await host.RunningAsync("polite", _ => Task.Delay(Timeout.Infinite, stopping));

        await host.StopAsync();

        Assert.True(child.IsCanceled);
        Assert.Empty(host.Unfinished);
    }

    // A decision of the application is not the drain's.
    [Fact]
    public async Task StopAsync_WhenTheApplicationCanceledTheChildren_DoesNotReportThem()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 1);
        Task running = await host.RunningAsync("running", ct => Task.Delay(Timeout.Infinite, ct));
        Task waiting = host.Background.Run(_ => Task.CompletedTask, "waiting");
        host.Background.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(running, waiting).WithWatchdog());

        await host.StopAsync();

        Assert.Empty(host.Unfinished);
    }

    [Fact]
    public async Task StopAsync_WhenManyJobsWait_ReportsThemToTheLast()
    {
        // Short: the clock writes a line of progress for each second that it passes, and each of them looks at every child.
        TimeSpan drainTimeout = TimeSpan.FromSeconds(2);
        await using TestHost host = await TestHost.StartAsync(
            options => (options.MaxConcurrency, options.DrainTimeout) = (1, drainTimeout));
        await host.RunningAsync("running", ct => Task.Delay(Timeout.Infinite, ct));
        for (int index = 0; index < Many; index++)
        {
            host.Background.Run(_ => Task.CompletedTask, "waiting");
        }

        Task stop = host.StopAsync();
        await host.PassAsync(drainTimeout);
        await stop;

        Assert.Equal(Many, host.Unfinished.Count(child => child.Reason == UnfinishedReason.NeverStarted));
        Assert.Equal(Many, host.Errors.Count(each => each.EventId.Id == 7));
    }

    [Fact]
    public async Task StopAsync_WhenManyJobsWait_RunsThemInTheSoftPhase()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 4);
        Gate released = new(opensAfter: 1);
        int done = 0;
        for (int index = 0; index < Many; index++)
        {
            host.Background.Run(async _ =>
            {
                await released.WaitAsync(CancellationToken.None);
                Interlocked.Increment(ref done);
            });
        }

        Task stop = host.StopAsync();
        await host.Clock.WaitForTimerAsync(TestHost.DrainTimeout).WithWatchdog();
        released.Open();
        await stop;

        Assert.Equal(Many, done);
        Assert.Empty(host.Unfinished);
    }

    [Theory]
    [InlineData(0, 1_000)]
    [InlineData(1, 1_000.01)]
    [InlineData(100_000, 2_000)]
    public void ForReport_GrowsWithTheChildren(int children, double expectedMs) =>
        Assert.Equal(expectedMs, ShutdownBudget.ForReport(children).TotalMilliseconds, precision: 3);

    // One line a second, with what is left and the oldest names.
    [Fact]
    public async Task StopAsync_WhileItLasts_LogsItsProgress()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 2);
        Gate released = new();
        await host.RunningAsync("older", _ => released.WaitAsync(CancellationToken.None));
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.RunningAsync("younger", _ => released.WaitAsync(CancellationToken.None));
        host.Background.Run(_ => Task.CompletedTask, "waiting");

        Task stop = host.StopAsync();
        await host.PassAsync(TimeSpan.FromSeconds(1));
        LogEntry line = await host.Log.WaitForAsync(each => each.EventId.Id == 23).WithWatchdog();
        released.Open();
        await stop;

        Assert.Equal((LogLevel.Information, 1d, 2, 1), (line.Level, line["ElapsedSeconds"], line["RunningCount"], line["WaitingCount"]));
        Assert.StartsWith(
            "'older' of 'background' (2.0 s), 'younger' of 'background' (1.0 s)", (string)line["Oldest"]!, StringComparison.Ordinal);
        Assert.Equal(0, host.Clock.LiveTimers);
    }

    // R44: a clock that stands still does not keep the process from ending.
    [Fact]
    public async Task StopAsync_WhenTheClockStandsStill_EndsByRealTime()
    {
        await using TestHost host = await TestHost.StartAsync(options =>
            (options.DrainTimeout, options.CancelTimeout) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20)));
        Gate released = new();
        await host.RunningAsync("stubborn", _ => released.WaitAsync(CancellationToken.None));

        await host.StopAsync();

        Assert.Equal("stubborn", Assert.Single(host.Unfinished).Name);
        released.Open();
    }
}
