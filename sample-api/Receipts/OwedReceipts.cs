using Microsoft.EntityFrameworkCore;
using TaskGroups.Hosting;
using TaskGroups.Jobs;

namespace SampleApi;

/// <summary>
/// An outbox in its simplest form: the order's row is the durable record of the receipt that it is owed. A crash between the answer and the
/// receipt loses nothing; the next start picks such orders up.
/// </summary>
internal sealed class OwedReceipts(
    DatabaseSetup database,
    [FromKeyedServices(ReceiptsExtensions.Group)] IBackgroundTaskGroup background,
    IJobs jobs,
    ILogger<OwedReceipts> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        background.RunScoped<StorefrontDb>(EnqueueAllAsync, "owed receipts");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task EnqueueAllAsync(StorefrontDb db, CancellationToken cancellationToken)
    {
        // With the stopping token: a shutdown does not wait for a database that went away.
        CancellationToken stopping = background.StoppingToken;
        await database.Done.WaitAsync(stopping);
        int[] orders = await DatabaseFailure.UntilItIsThere.ExecuteAsync(async ct => await ReadAsync(db, ct), stopping);
        if (orders.Length > 0)
        {
            logger.ReceiptsOwed(orders.Length);
        }

        // What has not been handed over when the application stops waits for the next start.
        foreach (ReceiptDue due in orders.Select(id => new ReceiptDue(id)))
        {
            stopping.ThrowIfCancellationRequested();
            await jobs.EnqueueAsync(due, new() { Id = due.Id }, cancellationToken);
        }
    }

    private async Task<int[]> ReadAsync(StorefrontDb db, CancellationToken cancellationToken)
    {
        try
        {
            return await db.Orders.Where(o => o.ReceiptSentAt == null).Select(o => o.Id).ToArrayAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFailure.IsUnavailable(e))
        {
            logger.DatabaseIsMissing(e);
            throw;
        }
    }
}
