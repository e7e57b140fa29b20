using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace SampleApi;

/// <summary>
/// The lesson: queries in parallel need a <c>DbContext</c> each. <c>RunScoped</c> gives a child a DI scope of its own; in a controller the
/// group is injected like any other service.
/// </summary>
[ApiController]
[Route("orders")]
public sealed class OrdersController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet("{id:int:min(1)}")]
    public async Task<ActionResult<OrderPage>> GetAsync(int id)
    {
        Task<Order?> order = tasks.RunScoped((StorefrontDb db, CancellationToken ct) =>
            db.Orders.SingleOrDefaultAsync(o => o.Id == id, ct));
        Task<string?> productName = tasks.RunScoped((StorefrontDb db, CancellationToken ct) =>
            db.Orders.Where(o => o.Id == id).Select(o => o.Product!.Name).SingleOrDefaultAsync(ct));

        return await order is { } found && await productName is { } name
            ? new OrderPage(found.Id, found.ProductId, name, found.Quantity, found.Total, found.ReceiptSentAt)
            : NotFound();
    }
}
