using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Polly;
using Polly.Retry;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that docs/background.md shows, with what it is said to do.</summary>
public sealed class BackgroundPageTests
{
    [Fact]
    public async Task AddBackgroundTaskGroup_AsShown_AddsTheGroups()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("TaskGroups:Background:exports:MaxConcurrency", "1")]);

        // <snippet: named-groups>
        builder.Services.AddBackgroundTaskGroup("emails", options =>
        {
            options.MaxConcurrency = 4;
            options.MaxWaiting = 1_000;
        });
        builder.Services.AddBackgroundTaskGroup("exports", builder.Configuration.GetSection("TaskGroups:Background:exports"));
        // </snippet>

        using IHost host = builder.Build();
        await host.StartAsync().WithWatchdog();
        Assert.Equal(
            ["background", "emails", "exports"],
            host.Services.GetRequiredService<BackgroundGroups>().All.Select(each => each.Name));
        await host.StopAsync().WithWatchdog();
    }

    [Fact]
    public async Task LongLivedWork_AsShown_RunsUntilTheHostStops()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddTaskGroups();
        using IHost host = builder.Build();
        await host.StartAsync().WithWatchdog();
        var background = host.Services.GetRequiredService<IBackgroundTaskGroup>();
        Gate listening = new();
        Gate sent = new();
        string message = "hello";
        CancellationToken cancellationToken = CancellationToken.None;

        // <snippet: supervise>
        ResiliencePipeline restart = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 5,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(1),
            })
            .Build();
        background.Supervise(restart, ct => ListenAsync(ct), name: "listener");
        // </snippet>

        // <snippet: periodic>
        background.RunPeriodic(TimeSpan.FromMinutes(5), ct => CleanUpAsync(ct), name: "clean up");
        // </snippet>

        // <snippet: enqueue>
        await background.EnqueueAsync(ct => SendAsync(message, ct), cancellationToken);
        // </snippet>

        await Task.WhenAll(listening.WaitAsync(), sent.WaitAsync()).WithWatchdog();
        await host.StopAsync().WithWatchdog();
        Assert.Equal(CancellationReason.None, background.CancellationReason);

        async Task ListenAsync(CancellationToken ct)
        {
            listening.Open();
            await Task.Delay(Timeout.Infinite, background.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
        }

        static Task CleanUpAsync(CancellationToken ct) => Task.FromCanceled(ct);

        Task SendAsync(string text, CancellationToken ct)
        {
            Assert.Equal("hello", text);
            sent.Open();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task AddBackgroundTask_AsShown_HoldsReadiness()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);

        // <snippet: background-task>
        builder.Services.AddScoped<CacheWarmer>();
        builder.Services.AddBackgroundTask<CacheWarmer>((warmer, ct) => warmer.RunAsync(ct), holdsReadiness: true);
        // </snippet>

        builder.Services.AddSingleton<Gate>();
        using IHost host = builder.Build();
        await host.StartAsync().WithWatchdog();
        await host.Services.GetRequiredService<Gate>().WaitAsync().WithWatchdog();
        Assert.Empty(host.Services.GetRequiredService<Readiness>().Pending);
        await host.StopAsync().WithWatchdog();
    }

    [Fact]
    public async Task OnUnfinished_AsShown_SavesTheState()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        Owed owed = new();

        // <snippet: on-unfinished>
        builder.Services.AddTaskGroups(options =>
        {
            options.OnUnfinished = async (child, ct) =>
            {
                if (child.State is OrderId order)
                {
                    await owed.SaveAsync(order, child.Reason, ct);
                }
            };
        });
        // </snippet>

        builder.Services.Configure<BackgroundTaskGroupOptions>(options => options.DrainTimeout = TimeSpan.Zero);
        using IHost host = builder.Build();
        await host.StartAsync().WithWatchdog();
        Gate started = new();
        host.Services.GetRequiredService<IBackgroundTaskGroup>().Run(
            (_, ct) =>
            {
                started.Open();
                return Task.Delay(Timeout.Infinite, ct);
            },
            new OrderId(7));
        await started.WaitAsync().WithWatchdog();
        await host.StopAsync().WithWatchdog();
        Assert.Equal([(new OrderId(7), UnfinishedReason.Canceled)], owed.Saved);
    }

    internal sealed class CacheWarmer(IStartSignal signal, Gate started, ITaskGroup tasks)
    {
        public async Task RunAsync(CancellationToken cancellationToken)
        {
            signal.Started();
            started.Open();
            await Task.Delay(Timeout.Infinite, tasks.StoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    internal sealed record OrderId(int Value);

    private sealed class Owed
    {
        public List<(OrderId, UnfinishedReason)> Saved { get; } = [];

        public Task SaveAsync(OrderId order, UnfinishedReason reason, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Saved.Add((order, reason));
            return Task.CompletedTask;
        }
    }
}
