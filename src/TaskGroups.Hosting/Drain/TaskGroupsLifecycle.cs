using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TaskGroups.Hosting;

/// <summary>
/// Ties the application's groups to the host: when it begins to stop, every group is told; when the server and all other services have
/// stopped, in whatever order they were registered, background work is drained (R33, R34).
/// </summary>
/// <remarks>
/// A host that knows no phases (<c>WebHostBuilder</c>) calls <see cref="StartAsync"/> and <see cref="StopAsync"/> only. Then these do
/// what the phases would have done. Every step is done once, whichever method comes first.
/// </remarks>
internal sealed class TaskGroupsLifecycle(
    ApplicationGroups application,
    BackgroundGroups background,
    ChildGauges gauges,
    UnobservedGroups unobserved,
    SlotWatch slots,
    IHostApplicationLifetime lifetime,
    IOptions<HostOptions> hostOptions,
    ILogger<TaskGroupsLifecycle> logger) : IHostedLifecycleService, IDisposable
{
    private CancellationTokenRegistration _stopping;
    private bool _hasStarted;
    private bool _hasPhases;    // whether the host calls StoppingAsync and StoppedAsync

    public Task StartingAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_hasStarted)
        {
            _hasStarted = true;
            WarnIfBudgetsDoNotFit();
            gauges.Publish();
            unobserved.Listen();
            slots.Start();
            _stopping = lifetime.ApplicationStopping.UnsafeRegister(static root => ((TaskGroup)root!).Stop(), application.Root);
        }

        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (BackgroundTaskGroup group in background.All)
        {
            application.Telemetry.OnStarted(group.Node);
        }

        return Task.CompletedTask;
    }

    // A callback on ApplicationStopping that blocks keeps the callbacks behind it from being called.
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _hasPhases = true;
        application.Root.Stop();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _hasPhases ? Task.CompletedTask : StoppedAsync(cancellationToken);

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        application.Root.Stop();
        await background.DrainAsync(cancellationToken).ConfigureAwait(false);
        unobserved.Dispose();
    }

    public void Dispose() => _stopping.Dispose();

    private void WarnIfBudgetsDoNotFit()
    {
        BackgroundDrain longest = background.Longest.Drain;
        if (!ShutdownBudget.Fits(hostOptions.Value, longest.Budget))
        {
            new SafeLogger(logger).BudgetsDoNotFit(
                longest.DrainTimeout,
                longest.CancelTimeout,
                background.Longest.Name,
                ShutdownBudget.Report,
                hostOptions.Value.ShutdownTimeout,
                Math.Ceiling(longest.Budget.TotalSeconds));
        }
    }
}
