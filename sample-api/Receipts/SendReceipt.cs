using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskGroups.Jobs;

namespace SampleApi;

/// <summary>
/// Writes the receipt of one order, then records that. Done twice, it leaves what it leaves done once: a job runs at least once.
/// </summary>
internal sealed class SendReceipt(
    StorefrontDb db,
    ReceiptDirectory directory,
    IOptions<ReceiptsOptions> options,
    OrderEvents events,
    TimeProvider clock,
    ILogger<SendReceipt> logger) : IJobHandler<ReceiptDue>
{
    /// <summary>The name of the job: in the store, in the log and in metrics.</summary>
    public const string Name = "send-receipt";

    public async Task RunAsync(ReceiptDue job, JobContext context, CancellationToken cancellationToken)
    {
        // Stands for what makes receipts slow: a mail server, a printer.
        await Task.Delay(TimeSpan.FromMilliseconds(options.Value.DelayMs), clock, cancellationToken);

        Receipt receipt = await db.Orders.Where(o => o.Id == job.OrderId)
            .Select(o => new Receipt(o.Id, o.ProductId, o.Product!.Name, o.Quantity, o.Total, o.PlacedAt))
            .SingleAsync(cancellationToken);
        string file = await directory.WriteAsync(receipt, cancellationToken);

        DateTimeOffset now = clock.GetUtcNow();
        int recorded = await db.Orders.Where(o => o.Id == job.OrderId && o.ReceiptSentAt == null)
            .ExecuteUpdateAsync(order => order.SetProperty(o => o.ReceiptSentAt, now), cancellationToken);
        if (recorded > 0)
        {
            events.ReceiptSent(job.OrderId, now);
        }

        logger.ReceiptWritten(job.OrderId, file);
    }
}
