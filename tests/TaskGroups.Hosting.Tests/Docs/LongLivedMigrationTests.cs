using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that docs/from.md shows for work that lives as long as the application, before and after, both run.</summary>
public sealed class LongLivedMigrationTests
{
    private readonly Trail _trail = new();

    // From BackgroundService
    [Fact]
    public async Task BackgroundService_BeforeAndAfter_ReadUntilTheHostStops()
    {
        await using (TestHost before = await StartAsync(services => services.AddHostedService<FeedService>()))
        {
            await _trail.WaitForAsync("item 1").WithWatchdog();
            await before.StopAsync();
        }

        await using TestHost after = await StartAsync(AddFeed);
        await _trail.WaitForAsync("item 2").WithWatchdog();
        await after.StopAsync();

        Assert.Equal(["item 1", "item 2"], _trail.Steps);
        Assert.Empty(after.Unfinished);
        Assert.Empty(after.Errors);

        static void AddFeed(IServiceCollection services)
        {
            // <snippet: to-background-task>
            ResiliencePipeline restart = new ResiliencePipelineBuilder()
                .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = int.MaxValue, Delay = TimeSpan.FromSeconds(5) })
                .Build();
            services.AddBackgroundTask<Feed>((feed, ct) => feed.ReadAsync(ct), restart, name: "feed");
            // </snippet>
        }
    }

    // From timers
    [Fact]
    public async Task Timer_BeforeAndAfter_Cleans()
    {
        await using (TestHost before = await StartAsync(services => services.AddHostedService<CleanupTimer>()))
        {
            await _trail.WaitForAsync("cleaned 1").WithWatchdog();
            await before.StopAsync();
        }

        await using TestHost after = await StartAsync(services => services.AddHostedService<Cleanup>());
        await _trail.WaitForAsync("cleaned 2").WithWatchdog();
        await after.PassAsync(TimeSpan.FromMinutes(10));
        await _trail.WaitForAsync("cleaned 3").WithWatchdog();
        await after.StopAsync();

        Assert.Empty(after.Unfinished);
        Assert.Empty(after.Errors);
    }

    private Task<TestHost> StartAsync(Action<IServiceCollection> configure) => TestHost.StartAsync(after: services =>
    {
        services.AddSingleton(_trail).AddScoped<Feed>().AddScoped<Files>();
        configure(services);
    });

    // <snippet: from-background-service>
    public sealed class FeedService(IServiceScopeFactory scopes, ILogger<FeedService> logger) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                    await scope.ServiceProvider.GetRequiredService<Feed>().ReadAsync(stoppingToken);
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogError(exception, "The feed broke off.");
                    await Task.Delay(TimeSpan.FromSeconds(5), stoppingToken);
                }
            }
        }
    }
    // </snippet>

    // <snippet: to-watch-stopping>
    public sealed class Feed(IBackgroundTaskGroup background, Trail saved) : Source(saved)
    {
        public async Task ReadAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                int item = await ReceiveAsync(background.StoppingToken); // soft: begin nothing new
                await SaveAsync(item, cancellationToken);                // hard: finish what was begun
            }
        }
    }
    // </snippet>

    /// <summary>Has one item for each run.</summary>
    public abstract class Source(Trail saved)
    {
        private bool _hasReceived;

        protected async Task<int> ReceiveAsync(CancellationToken cancellationToken)
        {
            if (_hasReceived)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            _hasReceived = true;
            return saved.Steps.Count + 1;
        }

        protected Task SaveAsync(int item, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            saved.Add($"item {item}");
            return Task.CompletedTask;
        }
    }

    // <snippet: from-timer>
    public sealed class CleanupTimer(IServiceScopeFactory scopes, ILogger<CleanupTimer> logger) : IHostedService, IDisposable
    {
        private Timer? _timer;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _timer = new Timer(_ => CleanAsync(), null, TimeSpan.Zero, TimeSpan.FromMinutes(10));
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _timer?.Change(Timeout.Infinite, Timeout.Infinite); // a turn that runs goes on, on disposed services
            return Task.CompletedTask;
        }

        public void Dispose() => _timer?.Dispose();

        private async void CleanAsync()
        {
            try
            {
                await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<Files>().CleanAsync(CancellationToken.None);
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "The files were not cleaned."); // without this, the process would end
            }
        }
    }
    // </snippet>

    // <snippet: to-periodic>
    public sealed class Cleanup(IBackgroundTaskGroup background, ITaskGroupFactory groups) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            background.RunPeriodic(TimeSpan.FromMinutes(10), CleanAsync, runAtOnce: true, "cleanup");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        private Task CleanAsync(CancellationToken cancellationToken) => groups.RunInScopeAsync(
            services => services.GetRequiredService<Files>().CleanAsync(cancellationToken), cancellationToken: cancellationToken);
    }
    // </snippet>

    public sealed class Files(Trail cleaned)
    {
        public Task CleanAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            cleaned.Add($"cleaned {cleaned.Steps.Count + 1}");
            return Task.CompletedTask;
        }
    }
}
