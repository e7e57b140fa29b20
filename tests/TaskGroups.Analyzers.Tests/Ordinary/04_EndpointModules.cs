using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

// Endpoints by feature, in extension methods: the caller decides on the group of routes.
internal static class InvoiceEndpoints
{
    public static IEndpointRouteBuilder MapInvoices(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/invoices").WithTags("Invoices");
        group.MapGet("/{id:int}", FindAsync).WithName("FindInvoice");
        group.MapPost("/", CreateAsync);
        group.MapPost("/{id:int}/pay", PayAsync).RequireAuthorization();
        return routes;
    }

    private static async Task<Results<Ok<Invoice>, NotFound>> FindAsync(int id, BillingDb db, CancellationToken cancellationToken) =>
        await db.Invoices.SingleOrDefaultAsync(i => i.Id == id, cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : TypedResults.NotFound();

    private static async Task<Created<Invoice>> CreateAsync(Invoice invoice, BillingDb db, LinkGenerator links, HttpContext context)
    {
        db.Invoices.Add(invoice);
        await db.SaveChangesAsync(context.RequestAborted);
        return TypedResults.Created(links.GetPathByName("FindInvoice", new { id = invoice.Id }), invoice);
    }

    private static async Task<NoContent> PayAsync(int id, [FromServices] ITaskGroup tasks, BillingDb db, IMailer mailer)
    {
        Invoice invoice = await db.Invoices.SingleAsync(i => i.Id == id);
        invoice.PaidAt = DateTimeOffset.UnixEpoch;
        Task save = tasks.Run(ct => db.SaveChangesAsync(ct));
        Task mail = tasks.Run(ct => mailer.SendAsync("office", $"Invoice {id} is paid", ct));
        await Task.WhenAll(save, mail);
        return TypedResults.NoContent();
    }
}
