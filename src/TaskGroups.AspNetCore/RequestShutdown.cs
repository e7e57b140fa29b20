using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives requests the hard signal when their grace at shutdown is over (R33), and names those that hold the server until then. The soft
/// signal comes from the application's root group.
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
    private readonly SafeLogger _logger = new(logger);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously); // the server, or the host
    private Task _progress = Task.CompletedTask;
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

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        _stopped.TrySetResult();
        return _progress;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _stopped.TrySetResult();
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

        if (options.Value.ShutdownGrace is not { } grace)
        {
            if (rest == TimeSpan.Zero)
            {
                _logger.NoGrace(host.Value.ShutdownTimeout);
            }
        }
        else if (grace > rest || grace == Timeout.InfiniteTimeSpan)
        {
            _logger.GraceDoesNotFit(grace, rest, host.Value.ShutdownTimeout);
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
        }

        factory.AtStop.Begin();
        _progress = ShutdownProgress.SayAsync(_stopped.Task, application.TimeProvider, LogProgress);
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            TimeSpan grace = options.Value.ShutdownGrace ?? DefaultGrace();
            _timer = StartTimer(application.TimeProvider, grace);
            _realTimer = application.TimeProvider == TimeProvider.System ? null : StartTimer(TimeProvider.System, grace);
        }
    }

    private void LogProgress(TimeSpan elapsed)
    {
        (string, TimeSpan)[] left =
            [.. factory.AtStop.UnderWay.Select(each => ($"'{each.Name}'", application.TimeProvider.GetElapsedTime(each.StartedAt)))];
        if (left.Length > 0)
        {
            _logger.RequestsHoldServer(elapsed.TotalSeconds, left.Length, ShutdownProgress.NameOldest(left));
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
