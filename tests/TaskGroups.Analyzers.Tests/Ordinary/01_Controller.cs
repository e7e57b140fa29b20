using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ordinary;

// The classic: a controller with a repository-less DbContext, no group anywhere.
[ApiController]
[Authorize]
[Route("api/customers")]
public sealed class CustomersController(BillingDb db, IMailer mailer, ILogger<CustomersController> logger) : ControllerBase
{
    [HttpGet]
    public async Task<ActionResult<IReadOnlyList<Customer>>> List([FromQuery] int page, CancellationToken cancellationToken)
    {
        List<Customer> customers = await db.Customers.OrderBy(c => c.Id).Skip(page * 50).Take(50).ToListAsync(cancellationToken);
        return customers;
    }

    [HttpGet("{id:int}")]
    public async Task<ActionResult<Customer>> Find(int id)
    {
        Customer? customer = await db.Customers.Include(c => c.Invoices).SingleOrDefaultAsync(c => c.Id == id);
        return customer is null ? NotFound() : customer;
    }

    [HttpPost]
    public async Task<IActionResult> Create(Customer customer)
    {
        db.Add(customer);
        await db.SaveChangesAsync(HttpContext.RequestAborted);
        try
        {
            await mailer.SendAsync(customer.Name, "Welcome");
        }
        catch (Exception e)
        {
            logger.LogWarning(e, "No welcome for {Customer}", customer.Id);
        }

        return CreatedAtAction(nameof(Find), new { id = customer.Id }, customer);
    }

    [HttpDelete("{id:int}")]
    public IActionResult Delete(int id)
    {
        db.Customers.Where(c => c.Id == id).ExecuteDeleteAsync().Wait();
        return NoContent();
    }
}
