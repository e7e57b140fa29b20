using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public static class MinimalApi
{
    public static async Task RunAsync(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Services.AddProblemDetails();
        builder.Services.AddRequestTaskGroups();
        builder.Services.AddDbContext<BillingDb>();

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRequestTaskGroups();

        app.MapGet("/", () => "up");
        app.MapGet("/customers/{id:int}", async Task<Results<Ok<Customer>, NotFound>> (int id, BillingDb db, CancellationToken ct) =>
            await db.Customers.FindAsync([id], ct) is { } customer ? TypedResults.Ok(customer) : TypedResults.NotFound());
        app.MapGet("/summary", async (ITaskGroup tasks) =>
        {
            Task<int> customers = tasks.RunScoped((BillingDb db, CancellationToken ct) => db.Customers.CountAsync(ct));
            Task<int> invoices = tasks.RunScoped((BillingDb db, CancellationToken ct) => db.Invoices.CountAsync(ct));
            return new { Customers = await customers, Invoices = await invoices };
        }).WithTaskGroup(TimeSpan.FromSeconds(2));

        RouteGroupBuilder reports = app.MapGroup("/reports").WithTaskGroup();
        reports.MapGet("/totals", async (ITaskGroup tasks) =>
            await tasks.RunScoped((BillingDb db, CancellationToken ct) => db.Invoices.SumAsync(i => i.Total, ct)));
        app.MapGet("/rows", (ITaskGroup tasks) => tasks.StreamAsync(Enumerable.Range(0, 100), async (id, ct) =>
        {
            await Task.Delay(10, ct);
            return id;
        }, maxConcurrency: 4));
        await app.RunAsync();
    }
}
