using System.Data.Common;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using TaskGroups.Jobs;

namespace SampleApi;

/// <summary>
/// The lesson: work that outlives the request is a job. It is handed over before the client is answered, runs at least once, and shutdown
/// waits for it or hands it back. Where jobs are kept in the database, the order and its receipt are committed together.
/// </summary>
internal static class PlaceOrder
{
    public static void MapPlaceOrder(this IEndpointRouteBuilder app) => app.MapPost("/orders", PlaceAsync);

    private static async Task<Results<Accepted<PlacedOrder>, NotFound>> PlaceAsync(
        NewOrder wanted,
        StorefrontDb db,
        IJobs jobs,
        OrderEvents events,
        IOptions<JobsOptions> options,
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
        await using IDbContextTransaction transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        await db.SaveChangesAsync(CancellationToken.None);
        if (options.Value.AreDurable)
        {
            await EnqueueReceiptAsync(jobs, order.Id, transaction.GetDbTransaction());
        }

        await transaction.CommitAsync(CancellationToken.None);
        events.Placed(order);
        if (!options.Value.AreDurable)
        {
            await TryEnqueueReceiptAsync(jobs, order.Id, logger);
        }

        return TypedResults.Accepted($"/orders/{order.Id}", new PlacedOrder(order.Id));
    }

    private static async Task EnqueueReceiptAsync(IJobs jobs, int orderId, DbTransaction? transaction)
    {
        ReceiptDue due = new(orderId);
        await jobs.EnqueueAsync(due, new() { Id = due.Id, Transaction = transaction }, CancellationToken.None);
    }

    private static async Task TryEnqueueReceiptAsync(IJobs jobs, int orderId, ILogger<OwedReceipts> logger)
    {
        try
        {
            await EnqueueReceiptAsync(jobs, orderId, transaction: null);
        }
        catch (InvalidOperationException closed)
        {
            // The drain is over, which a request normally does not live to see. The next start finds the order.
            logger.ReceiptLeftToTheNextStart(orderId, closed);
        }
    }
}
