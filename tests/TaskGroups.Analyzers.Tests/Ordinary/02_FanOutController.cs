using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

[ApiController]
[Route("api/dashboard")]
public sealed class DashboardController(ITaskGroup tasks, IBackgroundTaskGroup background, TimeProvider clock, IMailer mailer)
    : ControllerBase
{
    [HttpGet("{id:int}")]
    public async Task<ActionResult<object>> Show(int id)
    {
        Task<Customer?> customer = tasks.RunScoped((BillingDb db, CancellationToken ct) =>
            db.Customers.SingleOrDefaultAsync(c => c.Id == id, ct));
        Task<decimal> open = tasks.RunScoped((BillingDb db, CancellationToken ct) =>
            db.Invoices.Where(i => i.CustomerId == id && i.PaidAt == null).SumAsync(i => i.Total, ct));
        if (await customer is not { } found)
        {
            tasks.Cancel();
            return NotFound();
        }

        return new { found.Name, Open = await open, At = clock.GetUtcNow() };
    }

    [HttpPost("{id:int}/remind")]
    public async Task<IActionResult> Remind(int id)
    {
        string path = Request.Path;
        background.RunScoped((IMailer own, CancellationToken ct) => own.SendAsync("office", $"{id} reminded by {path}", ct));
        await tasks.Run(ct => mailer.SendAsync("customer", "Please pay", ct));
        return Accepted();
    }
}
