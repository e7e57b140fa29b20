using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace SampleApi;

/// <summary>
/// An outbox in its simplest form: the order's row is the durable record of the receipt that it is owed. A crash between the answer and the
/// receipt loses nothing; the next start picks such orders up.
/// </summary>
internal sealed class OwedReceipts(
    DatabaseSetup database,
    [FromKeyedServices(ReceiptsExtensions.Group)] IBackgroundTaskGroup background,
    ILogger<OwedReceipts> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        background.Run(WriteAllAsync, name: "owed receipts");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WriteAllAsync(CancellationToken cancellationToken)
    {
        await database.Done.WaitAsync(background.StoppingToken);
        await background.RunGroupAsync(
            async group =>
            {
                // With the stopping token: a shutdown does not wait for a database that went away.
                int[] orders = await group.RunScoped((StorefrontDb db, CancellationToken _) =>
                    DatabaseFailure.UntilItIsThere.ExecuteAsync(async ct => await ReadAsync(db, ct), group.StoppingToken).AsTask());
                if (orders.Length > 0)
                {
                    logger.ReceiptsOwed(orders.Length);
                }

                // What has not begun when the application stops waits for the next start.
                foreach (int id in orders)
                {
                    group.RunScoped(
                        (ReceiptWriter writer, CancellationToken ct) => group.StoppingToken.IsCancellationRequested
                            ? Task.CompletedTask
                            : writer.WriteAsync(id, ct),
                        ReceiptDirectory.ChildNameOf(id));
                }
            },
            new TaskGroupOptions { Name = "owed receipts", MaxConcurrency = 8, FailurePolicy = FailurePolicy.CollectAll });
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
