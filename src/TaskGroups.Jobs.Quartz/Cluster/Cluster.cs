using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Quartz;
using Quartz.Extensibility;

namespace TaskGroups.Jobs.Quartz;

/// <summary>
/// This node's part of the cluster: the connections, the tables, and the engine's scheduler, made when they are first needed.
/// </summary>
/// <remarks>
/// The database may be away at any time, at the start as well. <see cref="ConnectAsync"/> is one attempt that callers share; it
/// is repeated by the next caller if it failed.
/// </remarks>
internal sealed class Cluster(
    string connectionString,
    JobNode node,
    JobRegistry registry,
    int concurrency,
    Func<TurnJob> createJob,
    ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private volatile Connected? _connected;
    private IServiceProvider? _services;

    /// <summary>The connections for everything that is not the scheduler's.</summary>
    public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(connectionString);

    /// <summary>What was connected; <see langword="null"/> before.</summary>
    public Connected? Current => _connected;

    /// <summary>Makes the tables and the scheduler, unless that is done. The scheduler is not started.</summary>
    /// <exception cref="InvalidOperationException">The tables are of a newer version.</exception>
    /// <exception cref="DbException">The database does not answer.</exception>
    public ValueTask<Connected> ConnectAsync(CancellationToken cancellationToken) =>
        _connected is { } connected ? ValueTask.FromResult(connected) : ConnectOnceAsync(cancellationToken);

    /// <summary>Lets the scheduler look for turns now.</summary>
    public async Task WakeAsync(CancellationToken cancellationToken)
    {
        if (_services?.GetService<ISchedulerSignaler>() is { } signaler)
        {
            await signaler.SignalSchedulingChange(null, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a failure is the database's, so that the same call may succeed later: it is away, or refuses the role.</summary>
    public static bool IsOutage(Exception exception) =>
        exception is NpgsqlException or SocketException or TimeoutException or IOException
            || (exception is SchedulerException { InnerException: { } inner } && IsOutage(inner));

    /// <summary>Shuts the scheduler down, which waits for its executions.</summary>
    /// <returns><see langword="false"/> if some have not ended in time.</returns>
    public async Task<bool> ShutDownAsync(TimeSpan limit)
    {
        Task shutdown = _connected?.Factory.DisposeAsync().AsTask() ?? Task.CompletedTask;
        await Task.WhenAny(shutdown, Task.Delay(limit, TimeProvider.System)).ConfigureAwait(false);
        if (shutdown.IsCompleted)
        {
            await shutdown.ConfigureAwait(false);
        }

        return shutdown.IsCompleted;
    }

    public ValueTask DisposeAsync()
    {
        _connecting.Dispose();
        return Source.DisposeAsync();
    }

    private async ValueTask<Connected> ConnectOnceAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _connected ??= await Schema.ProvisionAsync(
                Source, store => BuildAsync(store, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task<Connected> BuildAsync(Guid store, CancellationToken cancellationToken)
    {
        StandaloneSchedulerFactory factory = QuartzSchedulerBuilder.Create(builder =>
        {
            builder.Services.AddLogging().AddSingleton(loggers);
            builder.Services.AddTransient(_ => createJob());
            builder.Services.AddSingleton<IConfigureOptions<QuartzSchedulerOptions>>(services =>
            {
                // The scheduler's own container, which has what wakes it.
                _services = services;
                return new ConfigureOptions<QuartzSchedulerOptions>(_ => { });
            });
            ClusterSettings.Configure(builder, connectionString, node.Name, concurrency, registry.All.Select(job => job.Name));
        }).Build();
        try
        {
            return new Connected(await factory.GetScheduler(cancellationToken).ConfigureAwait(false), store, factory);
        }
        catch
        {
            // The exception goes on to the caller, which tries again.
            await factory.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What a connected node has.</summary>
    /// <param name="Scheduler">The engine's scheduler.</param>
    /// <param name="Store">Which store of jobs this is.</param>
    /// <param name="Factory">What disposes the scheduler.</param>
    internal sealed record Connected(IScheduler Scheduler, Guid Store, StandaloneSchedulerFactory Factory);
}
