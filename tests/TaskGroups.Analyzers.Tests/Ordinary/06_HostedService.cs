using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

// A worker that opens a scope per round, in the style of the templates.
public sealed class ReminderWorker(IServiceProvider services, ILogger<ReminderWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMinutes(5));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using AsyncServiceScope scope = services.CreateAsyncScope();
                BillingDb db = scope.ServiceProvider.GetRequiredService<BillingDb>();
                IMailer mailer = scope.ServiceProvider.GetRequiredService<IMailer>();
                foreach (Invoice invoice in await db.Invoices.Where(i => i.PaidAt == null).ToListAsync(stoppingToken))
                {
                    await mailer.SendAsync("customer", $"Invoice {invoice.Id}", stoppingToken);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "Reminding failed");
            }
        }
    }
}

public sealed class ImportWorker(IBackgroundTaskGroup background, IServiceScopeFactory scopes, IServiceProvider services) : IHostedService
{
    private Task? _import;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _import = background.Run(async ct =>
        {
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<BillingDb>().Invoices.LoadAsync(ct);
        });
        background.Run(ct => services.GetRequiredService<IMailer>().SendAsync("office", "started", ct));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_import is { IsCompleted: false } running)
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
