using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>A real host with TaskGroups, a clock that a test moves, and a log that it reads.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    // Long, since it ends by real time as well (R44), and a loaded machine is slow.
    public static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(70);
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

    /// <summary>What the drain cut short, in the order of the calls.</summary>
    public Queue<UnfinishedChild> Unfinished { get; } = new();

    public IHostApplicationLifetime Lifetime => Services.GetRequiredService<IHostApplicationLifetime>();

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
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(5));
        builder.Services.AddTaskGroups(options =>
        {
            options.DrainTimeout = DrainTimeout;
            options.CancelTimeout = CancelTimeout;
            options.OnUnfinished = (child, _) =>
            {
                lock (host!.Unfinished)
                {
                    host.Unfinished.Enqueue(child);
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

    /// <summary>Gives the background group of this name.</summary>
    public IBackgroundTaskGroup Group(string name) => Services.GetRequiredKeyedService<IBackgroundTaskGroup>(name);

    /// <summary>Starts a background child and waits until its delegate has been invoked.</summary>
    public async Task<Task> RunningAsync(string name, Func<CancellationToken, Task> work, IBackgroundTaskGroup? group = null)
    {
        Gate started = new();
        Task child = (group ?? Background).Run(
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

    /// <summary>Lets timers of one length run out, one after the other.</summary>
    public async Task PassManyAsync(TimeSpan timer, int count)
    {
        for (int index = 1; index <= count; index++)
        {
            await Clock.WaitForTimersAsync(timer, index).WithWatchdog();
            Clock.Advance(timer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A test that leaves a stubborn child behind has passed its CancelTimeout; nothing waits here.
        await ((IAsyncDisposable)Host).DisposeAsync().AsTask().WithWatchdog();
    }
}
