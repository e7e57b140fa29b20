using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Tests;

/// <summary>A real host with the jobs <c>work</c> and <c>other</c> on some engine, and a log that tests read.</summary>
public sealed class JobHost : IAsyncDisposable
{
    private JobHost(HostApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace);
        builder.Logging.AddProvider(Log);
        Host = builder.Build();
    }

    public RecordingLogger Log { get; } = new();

    public IHost Host { get; }

    public IServiceProvider Services => Host.Services;

    public IJobs Jobs => Services.GetRequiredService<IJobs>();

    internal IJobEngine Engine => Services.GetRequiredService<IJobEngine>();

    public IBackgroundTaskGroup Background => Services.GetRequiredKeyedService<IBackgroundTaskGroup>("jobs");

    public Queue<UnfinishedChild> Unfinished { get; } = new();

    /// <summary>Builds a host without starting it.</summary>
    /// <param name="useEngine">Chooses the engine.</param>
    /// <param name="script">What handlers do.</param>
    /// <param name="configure">Configures the job <c>work</c>. Its retries come at once, unless this says otherwise.</param>
    /// <param name="services">Adds services.</param>
    /// <param name="drainTimeout">The soft phase of the drain.</param>
    public static JobHost Build(
        Action<JobsBuilder> useEngine,
        Func<JobCall, Task>? script = null,
        Action<JobOptions>? configure = null,
        Action<IServiceCollection>? services = null,
        TimeSpan? drainTimeout = null)
    {
        JobHost? host = null;
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = Environments.Production });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(5));
        builder.Services.AddSingleton(new JobScript { Run = script ?? (_ => Task.CompletedTask) });
        builder.Services.AddBackgroundTaskGroup("jobs", options =>
        {
            options.DrainTimeout = drainTimeout ?? TimeSpan.FromSeconds(60);
            options.CancelTimeout = TimeSpan.FromSeconds(20);
            options.OnUnfinished = (child, _) =>
            {
                lock (host!.Unfinished)
                {
                    host.Unfinished.Enqueue(child);
                }

                return ValueTask.CompletedTask;
            };
        });
        builder.Services.AddJobs(jobs =>
        {
            jobs.Add<WorkHandler, Work>("work", job =>
            {
                job.RetryDelay = TimeSpan.Zero;
                configure?.Invoke(job);
            });
            jobs.Add<OtherHandler, Other>("other");
            useEngine(jobs);
        });
        services?.Invoke(builder.Services);
        return host = new JobHost(builder);
    }

    /// <summary>Completes when a job is in a state; a store may need a moment after its handler has ended.</summary>
    public async Task<JobStatus> InStateAsync(JobId id, JobState state)
    {
        using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
        JobStatus? status = null;
        while (!watchdog.IsCancellationRequested)
        {
            status = await Jobs.FindAsync(id);
            if (status?.State == state)
            {
                return status;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        throw new InvalidOperationException($"The job '{id}' is not {state}: {status}");
    }

    public Task StopAsync() => Host.StopAsync().WithWatchdog();

    public async ValueTask DisposeAsync() => await ((IAsyncDisposable)Host).DisposeAsync().AsTask().WithWatchdog();
}
