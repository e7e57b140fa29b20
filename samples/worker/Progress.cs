using TaskGroups.Hosting;

namespace Worker;

/// <summary>The lesson: periodic work has no overlap, and a turn that fails is logged and followed by the next.</summary>
internal sealed partial class Progress(
    IBackgroundTaskGroup background, [Microsoft.Extensions.DependencyInjection.FromKeyedServices("emails")] IBackgroundTaskGroup emails,
    Ledger ledger, ILogger<Progress> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        background.RunPeriodic(
            TimeSpan.FromSeconds(1),
            _ =>
            {
                Report(ledger.Handled, ledger.Confirmed, emails.RunningCount, emails.WaitingCount);
                return Task.CompletedTask;
            },
            runAtOnce: true,
            "progress");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        1, LogLevel.Information, "{Handled} orders handled, {Confirmed} confirmed; {Running} confirmations run, {Waiting} wait.")]
    private partial void Report(int handled, int confirmed, int running, int waiting);
}
