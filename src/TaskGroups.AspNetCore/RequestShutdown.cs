using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives requests the hard signal when their grace at shutdown is over (R33). The soft one comes from the application's root group.
/// </summary>
internal sealed class RequestShutdown(
    ApplicationGroups application,
    RequestGroupFactory factory,
    IHostApplicationLifetime lifetime,
    IOptions<RequestTaskGroupOptions> options,
    BackgroundGroups background,
    IOptions<HostOptions> host,
    ILogger<RequestShutdown> logger) : IHostedService, IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenRegistration _stopping;
    private ITimer? _timer;
    private bool _isDisposed;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        WarnIfGraceDoesNotFit();
        _stopping = lifetime.ApplicationStopping.UnsafeRegister(static self => ((RequestShutdown)self!).BeginGrace(), this);
        return Task.CompletedTask;
    }

    // Nothing to stop: services may stop before the server has finished its requests, and these still need the timer.
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _stopping.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
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
        TimeSpan grace = options.Value.ShutdownGrace ?? ShutdownBudget.ForRequests(host.Value, background.Longest.Drain.Budget);
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _timer = application.TimeProvider.CreateTimer(
                    static factory => ((RequestGroupFactory)factory!).EndGrace(),
                    factory,
                    grace,
                    Timeout.InfiniteTimeSpan);
            }
        }
    }
}
