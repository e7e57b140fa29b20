using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using TaskGroups.Hosting;

namespace SampleApi;

/// <summary>
/// The lesson: work that outlives the request belongs to the application. The background group <c>receipts</c> takes the receipt before the
/// client is answered, and shutdown waits for it.
/// </summary>
internal static class PlaceOrder
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder app) => app.MapPost("/orders", PlaceAsync);

    private static async Task<Results<Accepted<PlacedOrder>, NotFound, ProblemHttpResult>> PlaceAsync(
        NewOrder wanted,
        StorefrontDb db,
        [FromKeyedServices(ReceiptsExtensions.Group)] IBackgroundTaskGroup receipts,
        TimeProvider clock,
        HttpResponse response,
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
        // From here on a client that leaves changes nothing: the order is placed with its receipt, or not at all.
        await db.SaveChangesAsync(CancellationToken.None);
        return TryQueueReceipt(receipts, order.Id)
            ? TypedResults.Accepted($"/orders/{order.Id}", new PlacedOrder(order.Id))
            : await WithdrawAsync(order.Id, db, response);
    }

    /// <summary>False if the drain has begun and the group refuses. A request normally ends before that.</summary>
    private static bool TryQueueReceipt(IBackgroundTaskGroup receipts, int orderId)
    {
        try
        {
            receipts.RunScoped(
                (ReceiptWriter writer, CancellationToken ct) => writer.WriteAsync(orderId, ct),
                ReceiptDirectory.ChildNameOf(orderId));
            return true;
        }
        catch (InvalidOperationException) when (receipts.StoppingToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // The client is told to order again, so this order goes.
    private static async Task<ProblemHttpResult> WithdrawAsync(int orderId, StorefrontDb db, HttpResponse response)
    {
        await db.Orders.Where(o => o.Id == orderId).ExecuteDeleteAsync(CancellationToken.None);
        response.Headers.RetryAfter = "5";
        return TypedResults.Problem(
            "The shop is closing. Order again in a moment.",
            statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
