using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives requests the hard signal when their grace at shutdown is over (R33). The soft one comes from the application's root group.
/// </summary>
/// <remarks>
/// The grace begins with the first word of the stop: <see cref="StoppingAsync"/>, or <c>ApplicationStopping</c>, whose callbacks another
/// one that blocks can hold up. It ends by the application's clock or by real time, whichever comes first (R44).
/// </remarks>
internal sealed class RequestShutdown(
    ApplicationGroups application,
    RequestGroupFactory factory,
    IHostApplicationLifetime lifetime,
    IOptions<RequestTaskGroupOptions> options,
    BackgroundGroups background,
    IOptions<HostOptions> host,
    ILogger<RequestShutdown> logger) : IHostedLifecycleService, IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenRegistration _stopping;
    private ITimer? _timer;
    private ITimer? _realTimer;     // where the application's clock is another than the system's
    private bool _hasBegun;
    private bool _isDisposed;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        WarnIfGraceDoesNotFit();
        _stopping = lifetime.ApplicationStopping.UnsafeRegister(static self => ((RequestShutdown)self!).BeginGrace(), this);
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        BeginGrace();
        return Task.CompletedTask;
    }

    // Nothing to stop: services may stop before the server has finished its requests, and these still need the timer.
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _stopping.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
            _realTimer?.Dispose();
        }
    }

    private void WarnIfGraceDoesNotFit()
    {
        TimeSpan rest = ShutdownBudget.ForRequests(host.Value, background.Longest.Drain.Budget);
        if (rest == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        var quiet = new SafeLogger(logger);
        if (options.Value.ShutdownGrace is not { } grace)
        {
            if (rest == TimeSpan.Zero)
            {
                quiet.NoGrace(host.Value.ShutdownTimeout);
            }
        }
        else if (grace > rest || grace == Timeout.InfiniteTimeSpan)
        {
            quiet.GraceDoesNotFit(grace, rest, host.Value.ShutdownTimeout);
        }
    }

    private void BeginGrace()
    {
        lock (_lock)
        {
            if (_hasBegun || _isDisposed)
            {
                return;
            }

            _hasBegun = true;
            TimeSpan grace = options.Value.ShutdownGrace ?? DefaultGrace();
            _timer = StartTimer(application.TimeProvider, grace);
            _realTimer = application.TimeProvider == TimeProvider.System ? null : StartTimer(TimeProvider.System, grace);
        }
    }

    private ITimer StartTimer(TimeProvider time, TimeSpan grace) => time.CreateTimer(
        static factory => ((RequestGroupFactory)factory!).EndGrace(), factory, grace, Timeout.InfiniteTimeSpan);

    private TimeSpan DefaultGrace()
    {
        TimeSpan drain = background.Longest.Drain.Budget;
        return background.All.Any(group => group.RunningCount + group.WaitingCount > 0)
            ? ShutdownBudget.ForRequests(host.Value, drain)
            : ShutdownBudget.ForRequestsAlone(host.Value, drain, background.All.Max(group => group.Drain.CancelTimeout));
    }
}
