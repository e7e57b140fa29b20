using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>A real host with TaskGroups, a clock that a test moves, and a log that it reads.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    public static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(7);
    public static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(3);

    private TestHost(HostApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace);
        builder.Logging.AddProvider(Log);
        builder.Services.AddSingleton<TimeProvider>(Clock);
        Host = builder.Build();
    }

    public ManualClock Clock { get; } = new();

    public RecordingLogger Log { get; } = new();

    public IHost Host { get; }

    public IServiceProvider Services => Host.Services;

    public IBackgroundTaskGroup Background => Services.GetRequiredService<IBackgroundTaskGroup>();

    /// <summary>What was abandoned, in the order of the calls.</summary>
    public Queue<AbandonedChild> Abandoned { get; } = new();

    public IReadOnlyList<LogEntry> Errors => Log.OfTaskGroups(LogLevel.Error);

    /// <summary>Builds a host without starting it.</summary>
    public static TestHost Build(
        Action<BackgroundTaskGroupOptions>? configure = null,
        Action<IServiceCollection>? before = null,
        Action<IServiceCollection>? after = null,
        string? environment = null)
    {
        TestHost? host = null;
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = environment ?? Environments.Production });
        before?.Invoke(builder.Services);
        builder.Services.AddTaskGroups(options =>
        {
            options.DrainTimeout = DrainTimeout;
            options.CancelTimeout = CancelTimeout;
            options.OnAbandoned = (child, _) =>
            {
                lock (host!.Abandoned)
                {
                    host.Abandoned.Enqueue(child);
                }

                return ValueTask.CompletedTask;
            };
            configure?.Invoke(options);
        });
        after?.Invoke(builder.Services);
        return host = new TestHost(builder);
    }

    public static async Task<TestHost> StartAsync(
        Action<BackgroundTaskGroupOptions>? configure = null, Action<IServiceCollection>? before = null,
        Action<IServiceCollection>? after = null)
    {
        TestHost host = Build(configure, before, after);
        await host.Host.StartAsync().WithWatchdog();
        return host;
    }

    /// <summary>Starts a background child and waits until its delegate has been invoked.</summary>
    public async Task<Task> RunningAsync(string name, Func<CancellationToken, Task> work)
    {
        Gate started = new();
        Task child = Background.Run(
            ct =>
            {
                started.Open();
                return work(ct);
            },
            name);
        await started.WaitAsync().WithWatchdog();
        return child;
    }

    public Task StopAsync() => Host.StopAsync().WithWatchdog();

    /// <summary>Lets the soft phase of the drain run out.</summary>
    public Task PassDrainTimeoutAsync() => PassAsync(DrainTimeout);

    /// <summary>Lets the hard phase of the drain run out.</summary>
    public Task PassCancelTimeoutAsync() => PassAsync(CancelTimeout);

    public async Task PassAsync(TimeSpan timer)
    {
        await Clock.WaitForTimerAsync(timer).WithWatchdog();
        Clock.Advance(timer);
    }

    public async ValueTask DisposeAsync()
    {
        // A test that leaves a stubborn child behind has passed its CancelTimeout; nothing waits here.
        await ((IAsyncDisposable)Host).DisposeAsync().AsTask().WithWatchdog();
    }
}
