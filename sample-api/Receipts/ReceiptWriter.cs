using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace SampleApi;

/// <summary>Writes the receipt of one order, then records that. Done twice, it leaves what it leaves done once.</summary>
internal sealed class ReceiptWriter(
    StorefrontDb db,
    ReceiptDirectory directory,
    IOptions<ReceiptsOptions> options,
    TimeProvider clock,
    ILogger<ReceiptWriter> logger)
{
    public async Task WriteAsync(int orderId, CancellationToken cancellationToken)
    {
        // Stands for what makes receipts slow: a mail server, a printer.
        await Task.Delay(TimeSpan.FromMilliseconds(options.Value.DelayMs), clock, cancellationToken);

        Receipt receipt = await db.Orders.Where(o => o.Id == orderId)
            .Select(o => new Receipt(o.Id, o.ProductId, o.Product!.Name, o.Quantity, o.Total, o.PlacedAt))
            .SingleAsync(cancellationToken);
        string file = await directory.WriteAsync(receipt, cancellationToken);

        DateTimeOffset now = clock.GetUtcNow();
        await db.Orders.Where(o => o.Id == orderId && o.ReceiptSentAt == null)
            .ExecuteUpdateAsync(order => order.SetProperty(o => o.ReceiptSentAt, now), cancellationToken);
        logger.ReceiptWritten(orderId, file);
    }
}
