using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>Ties the engine to the host and to the drain of the group in which jobs run.</summary>
/// <remarks>
/// <code>
/// host starts     registration checked, engine starts, recurring turns are enqueued
/// host stops      engine stands by (takes no new runs), StoppingToken of every job fires, no more turns
///   requests end  they may enqueue
/// drain: soft     jobs may finish; children of other groups may enqueue
/// drain: hard     jobs are canceled; the engine stores what it hands back
/// </code>
/// </remarks>
internal sealed class JobsLifecycle : IHostedLifecycleService, IDisposable
{
    private readonly JobRegistry _registry;
    private readonly IServiceProvider _services;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger;
    private CancellationTokenRegistration _stopping;
    private Task _standBy = Task.CompletedTask;
    private int _hasBegunStop;    // 1 from the first signal on: the host's lifetime, StopAsync and the drain each give one
    private IJobEngine? _engine;
    private JobRunner? _runner;
    private RecurringJobs? _recurring;

    public JobsLifecycle(
        JobRegistry registry, IServiceProvider services, IHostApplicationLifetime lifetime, ILogger<JobsLifecycle> logger)
    {
        _registry = registry;
        _services = services;
        _lifetime = lifetime;
        _logger = new SafeLogger(logger);
    }

    // Before any service starts: what is registered wrongly ends the start, in words of its own rather than the container's.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _registry.Check();
        return Task.CompletedTask;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        IJobEngine engine = _engine = Get<IJobEngine>();
        JobRunner runner = _runner = Get<JobRunner>();
        Get<JobMetrics>().Publish(engine, Get<ApplicationGroups>().TimeProvider);
        runner.Group.Drain.Engine = DrainAsync;
        await engine.StartAsync(runner, cancellationToken).ConfigureAwait(false);
        _recurring = Get<RecurringJobs>();
        _recurring.Start();
        _stopping = _lifetime.ApplicationStopping.UnsafeRegister(static it => ((JobsLifecycle)it!).BeginStop(), this);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Where the host is stopped without its lifetime's signal, this is the first call that says so.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        BeginStop();
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    private T Get<T>()
        where T : notnull => (T)(_services.GetService(typeof(T))
            ?? throw new InvalidOperationException($"{typeof(T)} is not registered. Call services.AddJobs(...)."));

    private void BeginStop()
    {
        if (_engine is not null && Interlocked.Exchange(ref _hasBegunStop, 1) == 0)
        {
            _recurring?.Stop();
            _standBy = StandByAsync(_engine);
        }
    }

    private async Task StandByAsync(IJobEngine engine)
    {
        try
        {
            await engine.StandByAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _logger.EngineFailed("stand by", exception);
        }
    }

    private async Task DrainAsync(Task producers, CancellationToken hardPhase)
    {
        // The group completes when the engine has ended: it takes jobs until then.
        _runner!.TryHold(out GroupHold hold);
        using GroupHold held = hold;
        BeginStop();
        await _standBy.ConfigureAwait(false);
        try
        {
            await (_recurring?.Ended ?? Task.CompletedTask).ConfigureAwait(false);
            await _engine!.DrainAsync(producers, hardPhase).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _logger.EngineFailed("drain", exception);
        }
    }
}
