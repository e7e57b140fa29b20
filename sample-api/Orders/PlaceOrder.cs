using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using TaskGroups.Jobs;

namespace SampleApi;

/// <summary>
/// The lesson: work that outlives the request is a job. It is handed over before the client is answered, runs at least once, and shutdown
/// waits for it.
/// </summary>
internal static class PlaceOrder
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder app) => app.MapPost("/orders", PlaceAsync);

    private static async Task<Results<Accepted<PlacedOrder>, NotFound>> PlaceAsync(
        NewOrder wanted,
        StorefrontDb db,
        IJobs jobs,
        OrderEvents events,
        TimeProvider clock,
        ILogger<OwedReceipts> logger,
        CancellationToken cancellationToken)
    {
        if (await db.Products.SingleOrDefaultAsync(p => p.Id == wanted.ProductId, cancellationToken) is not { } product)
        {
            return TypedResults.NotFound();
        }

        Order order = new()
        {
            ProductId = product.Id,
            Quantity = wanted.Quantity,
            Total = wanted.Quantity * product.Price,
            PlacedAt = clock.GetUtcNow(),
        };
        db.Orders.Add(order);
        // From here on a client that leaves changes nothing: the order is placed, and its row says that it is owed a receipt.
        await db.SaveChangesAsync(CancellationToken.None);
        events.Placed(order);
        await EnqueueReceiptAsync(jobs, new ReceiptDue(order.Id), logger);
        return TypedResults.Accepted($"/orders/{order.Id}", new PlacedOrder(order.Id));
    }

    private static async Task EnqueueReceiptAsync(IJobs jobs, ReceiptDue due, ILogger<OwedReceipts> logger)
    {
        try
        {
            await jobs.EnqueueAsync(due, new() { Id = due.Id }, CancellationToken.None);
        }
        catch (InvalidOperationException closed)
        {
            // The drain is over, which a request normally does not live to see. The next start finds the order.
            logger.ReceiptLeftToTheNextStart(due.OrderId, closed);
        }
    }
}
