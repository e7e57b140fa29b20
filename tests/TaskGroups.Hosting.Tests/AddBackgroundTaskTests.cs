using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Polly;
using Polly.Retry;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>Background children that start with the host.</summary>
public sealed class AddBackgroundTaskTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task StartAsync_StartsTheTaskInAScopeOfItsOwn()
    {
        Trail trail = new();
        await using TestHost host = TestHost.Build(after: services => services
            .AddBackgroundTaskGroup("emails")
            .AddScoped<Warmer>()
            .AddSingleton(trail)
            .AddBackgroundTask<Warmer>((warmer, ct) => warmer.RunAsync(ct), group: "emails", name: "warm"));
        Assert.Empty(trail.Steps);

        await host.Host.StartAsync().WithWatchdog();
        await trail.WaitForAsync("began").WithWatchdog();

        Assert.Contains(host.Group("emails").GetSnapshot().Entries, each => (each.Kind, each.Name) == (SnapshotKind.Child, "warm"));
        await host.StopAsync();
        Assert.Equal(["began", "ended", "disposed"], trail.Steps);
    }

    // Run once, each call one child
    [Fact]
    public async Task StartAsync_WhenAddedTwice_StartsTwoChildrenOnce()
    {
        Trail trail = new();
        await using TestHost host = TestHost.Build(after: services => services
            .AddSingleton(trail)
            .AddBackgroundTask<Trail>((steps, _) => Add(steps, "first"))
            .AddBackgroundTask<Trail>((steps, _) => Add(steps, "second")));

        await host.Host.StartAsync().WithWatchdog();
        await Task.WhenAll(trail.WaitForAsync("first"), trail.WaitForAsync("second")).WithWatchdog();
        await host.StopAsync();

        Assert.Equal(2, trail.Steps.Count);

        static Task Add(Trail steps, string step)
        {
            steps.Add(step);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task StartAsync_WhenTheGroupIsUnknown_ListsTheKnownOnes()
    {
        await using TestHost host = TestHost.Build(after: services => services
            .AddBackgroundTaskGroup("emails")
            .AddBackgroundTask<IServiceProvider>((_, _) => Task.CompletedTask, group: "emials"));

        Exception refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Host.StartAsync().WithWatchdog());

        Assert.Contains("The known ones are 'background', 'emails'.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_WhenThereIsARestartPipeline_SupervisesTheTask()
    {
        Trail trail = new();
        int runs = 0;
        ResiliencePipeline restart = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = int.MaxValue, Delay = TimeSpan.Zero }).Build();
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .AddBackgroundTask<IServiceProvider>(
                (_, ct) =>
                {
                    trail.Add($"run {++runs}");
                    return runs == 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, ct);
                },
                restart));

        await host.PassAsync(Pause);
        await trail.WaitForAsync("run 2").WithWatchdog();

        Assert.Equal(25, Assert.Single(host.Log.OfTaskGroups(Microsoft.Extensions.Logging.LogLevel.Warning)).EventId.Id);
    }

    // Readiness is held from the start of the host until the task has called Started.
    [Fact]
    public async Task Started_WhenTheTaskHoldsReadiness_ReleasesIt()
    {
        Trail trail = new();
        Gate mayStart = new();
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .AddSingleton(trail)
            .AddSingleton(mayStart)
            .AddScoped<Cache>()
            .AddBackgroundTask<Cache>((cache, ct) => cache.RunAsync(ct), holdsReadiness: true, name: "cache")
            .AddBackgroundTask<IServiceProvider>((_, ct) => Task.Delay(Timeout.Infinite, ct)));
        Readiness readiness = host.Services.GetRequiredService<Readiness>();
        Assert.Equal(["cache"], readiness.Pending);

        mayStart.Open();
        await trail.WaitForAsync("started").WithWatchdog();

        Assert.Empty(readiness.Pending);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StartAsync_WhenTheTaskEndsWithoutBeingReady_ReleasesReadiness(bool fails)
    {
        Gate mayEnd = new();
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .AddBackgroundTask<IServiceProvider>(
                async (_, ct) =>
                {
                    await mayEnd.WaitAsync(ct);
                    if (fails)
                    {
                        throw new InvalidOperationException("failed");
                    }
                },
                holdsReadiness: true));
        Readiness readiness = host.Services.GetRequiredService<Readiness>();
        Assert.Single(readiness.Pending);

        mayEnd.Open();
        await host.Services.GetServices<IHostedService>().OfType<BackgroundTask<IServiceProvider>>().Single().Ended.WithWatchdog();

        Assert.Empty(readiness.Pending);
    }

    // A scope that is no background task's has a signal that does nothing.
    [Fact]
    public async Task Started_WhenTheScopeIsNotThatOfATask_DoesNothing()
    {
        await using TestHost host = TestHost.Build(after: services => services
            .AddBackgroundTask<IServiceProvider>((_, ct) => Task.Delay(Timeout.Infinite, ct), holdsReadiness: true));
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();

        scope.ServiceProvider.GetRequiredService<IStartSignal>().Started();
    }

    [Fact]
    public void AddBackgroundTask_WhenGivenNull_Throws()
    {
        var services = new ServiceCollection();

        Refused.ForNull("services", () => ((IServiceCollection)null!).AddBackgroundTask<object>((_, _) => Task.CompletedTask));
        Refused.ForNull("work", () => services.AddBackgroundTask((Func<object, CancellationToken, Task>)null!));
        Refused.ForNull("restart", () => services.AddBackgroundTask<object>((_, _) => Task.CompletedTask, restart: null!));
    }

    internal sealed class Warmer(Trail trail, ITaskGroup tasks) : IDisposable
    {
        public async Task RunAsync(CancellationToken cancellationToken)
        {
            trail.Add("began");
            await Task.Delay(Timeout.Infinite, tasks.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            trail.Add("ended");
            cancellationToken.ThrowIfCancellationRequested();
        }

        public void Dispose() => trail.Add("disposed");
    }

    internal sealed class Cache(IStartSignal signal, Gate mayStart, Trail trail)
    {
        public async Task RunAsync(CancellationToken cancellationToken)
        {
            await mayStart.WaitAsync(cancellationToken);
            signal.Started();
            signal.Started();
            trail.Add("started");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }
}
