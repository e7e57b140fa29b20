using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Work that waits for room in a background group.</summary>
public sealed class EnqueueAsyncTests
{
    [Fact]
    public async Task EnqueueAsync_WhenThereIsRoom_IsAcceptedAtOnce()
    {
        await using TestHost host = TestHost.Build(options => (options.MaxConcurrency, options.MaxWaiting) = (1, 1));
        Gate released = new();

        Task[] accepted =
        [
            host.Background.EnqueueAsync(_ => released.WaitAsync(CancellationToken.None)).AsTask(),
            host.Background.EnqueueAsync(_ => Task.CompletedTask).AsTask(),
            host.Background.EnqueueAsync(_ => Task.CompletedTask).AsTask(),
        ];

        Assert.Equal([true, true, false], accepted.Select(each => each.IsCompleted));

        Assert.Equal((1, 1), (host.Background.RunningCount, host.Background.WaitingCount));
        released.Open();
    }

    [Fact]
    public async Task EnqueueAsync_WithoutLimits_NeverWaits()
    {
        await using TestHost host = TestHost.Build();
        for (int index = 0; index < 1_000; index++)
        {
            Assert.True(host.Background.EnqueueAsync(_ => Task.CompletedTask).AsTask().IsCompletedSuccessfully);
        }
    }

    // First come first served, also before a Run that comes later
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task EnqueueAsync_WhenTheGroupIsFull_IsServedInOrder(int maxWaiting)
    {
        await using TestHost host = TestHost.Build(options => (options.MaxConcurrency, options.MaxWaiting) = (1, maxWaiting));
        Trail trail = new();
        Gate released = new();
        await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        Task[] accepted = [.. Enumerable.Range(0, 10).Select(index => host.Background.EnqueueAsync(_ =>
        {
            trail.Add($"{index}");
            return Task.CompletedTask;
        }).AsTask())];

        Assert.Equal(maxWaiting, accepted.Count(each => each.IsCompleted));
        Refused.With<TaskGroupFullException>(() => host.Background.Run(_ => Task.CompletedTask, "overtakes"));
        Assert.False(host.Background.TryRun(_ => Task.CompletedTask, "overtakes"));
        released.Open();
        await Task.WhenAll(accepted).WithWatchdog();
        await trail.WaitForAsync("9").WithWatchdog();

        Assert.Equal(Enumerable.Range(0, 10).Select(index => $"{index}"), trail.Steps);
        Assert.All(
            host.Log.OfTaskGroups(Microsoft.Extensions.Logging.LogLevel.Warning),
            each => Assert.Equal((24, "overtakes"), (each.EventId.Id, each["Child"])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EnqueueAsync_WhenTheCallerGivesUp_EndsWithItsTokenAndLetsOthersPass(bool beforeTheCall)
    {
        await using TestHost host = TestHost.Build(options => (options.MaxConcurrency, options.MaxWaiting) = (1, 0));
        Gate released = new();
        Gate ran = new();
        bool invoked = false;
        await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        using var caller = new CancellationTokenSource();
        if (beforeTheCall)
        {
            await caller.CancelAsync();
        }

        Task givenUp = host.Background.EnqueueAsync(
            _ =>
            {
                invoked = true;
                return Task.CompletedTask;
            },
            caller.Token).AsTask();
        Task next = host.Background.EnqueueAsync(_ =>
        {
            ran.Open();
            return Task.CompletedTask;
        }).AsTask();
        await caller.CancelAsync();

        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp.WithWatchdog());
        Assert.Equal(caller.Token, thrown.CancellationToken);
        released.Open();
        await next.WithWatchdog();
        await ran.WaitAsync().WithWatchdog();
        Assert.False(invoked);
    }

    // As Run: refused loudly
    [Fact]
    public async Task EnqueueAsync_WhenTheDrainBegins_Throws()
    {
        await using TestHost host = await TestHost.StartAsync(options => (options.MaxConcurrency, options.MaxWaiting) = (1, 0));
        Gate released = new();
        await host.RunningAsync("running", _ => released.WaitAsync(CancellationToken.None));
        Task waits = host.Background.EnqueueAsync(_ => Task.CompletedTask, CancellationToken.None, "late").AsTask();

        Task stop = host.StopAsync();

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => waits.WithWatchdog());
        Assert.StartsWith("The background group 'background' is draining", refused.Message, StringComparison.Ordinal);
        Refused.With<InvalidOperationException>(
            () => host.Background.EnqueueAsync(_ => Task.CompletedTask, CancellationToken.None, "late").AsTask());
        Assert.Equal(2, host.Log.OfTaskGroups().Count(each => each.EventId.Id == 3 && (string?)each["Child"] == "late"));
        released.Open();
        await stop;
    }

    // A cancellation of the group makes room.
    [Fact]
    public async Task EnqueueAsync_WhenTheGroupIsCanceled_StartsTheWork()
    {
        await using TestHost host = TestHost.Build(options => (options.MaxConcurrency, options.MaxWaiting) = (1, 1));
        await host.RunningAsync("running", ct => Task.Delay(Timeout.Infinite, ct));
        host.Background.Run(_ => Task.CompletedTask);
        Gate ran = new();
        Task waits = host.Background.EnqueueAsync(_ =>
        {
            ran.Open();
            return Task.CompletedTask;
        }).AsTask();
        Assert.False(waits.IsCompleted);

        host.Background.Cancel();

        await waits.WithWatchdog();
        await ran.WaitAsync().WithWatchdog();
    }

    [Fact]
    public async Task EnqueueAsync_WhenGivenNullOrAForeignGroup_Throws()
    {
        await using TestHost host = TestHost.Build();

        Refused.ForNull("group", () => ((IBackgroundTaskGroup)null!).EnqueueAsync(_ => Task.CompletedTask).AsTask());
        Refused.ForNull("work", () => host.Background.EnqueueAsync(null!).AsTask());
        Refused.With<ArgumentException>(() => new ForeignGroup().EnqueueAsync(_ => Task.CompletedTask).AsTask());
    }
}
