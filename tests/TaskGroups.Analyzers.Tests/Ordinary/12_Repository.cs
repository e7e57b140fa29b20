using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public interface IInvoiceRepository
{
    Task<Invoice?> FindAsync(int id, CancellationToken cancellationToken = default);
    Task<int> CountAsync(CancellationToken cancellationToken = default);
}

public sealed class InvoiceRepository(IDbContextFactory<BillingDb> factory) : IInvoiceRepository
{
    public async Task<Invoice?> FindAsync(int id, CancellationToken cancellationToken = default)
    {
        await using BillingDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await db.Invoices.AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, cancellationToken);
    }

    public async Task<int> CountAsync(CancellationToken cancellationToken = default)
    {
        await using BillingDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await db.Invoices.CountAsync(cancellationToken);
    }
}

public sealed class InvoiceQueries(IInvoiceRepository invoices, IDbContextFactory<BillingDb> factory, ITaskGroup tasks)
{
    public async Task<(Invoice?, int)> ShowAsync(int id) =>
        await tasks.AllAsync(ct => invoices.FindAsync(id, ct), ct => invoices.CountAsync(ct));

    public async Task<decimal> TotalAsync(IReadOnlyCollection<int> customers)
    {
        decimal[] totals = await tasks.MapAsync(customers, async (customer, ct) =>
        {
            await using BillingDb db = await factory.CreateDbContextAsync(ct);
            return await db.Invoices.Where(i => i.CustomerId == customer).SumAsync(i => i.Total, ct);
        }, maxConcurrency: 4);
        return totals.Sum();
    }

    public async Task MergeAsync(BillingDb db, int from, int to)
    {
        Customer source = await tasks.Run(ct => db.Customers.SingleAsync(c => c.Id == from, ct));
        Customer target = await tasks.Run(ct => db.Customers.SingleAsync(c => c.Id == to, ct));
        target.Invoices.AddRange(source.Invoices);
        await tasks.Run(ct => db.SaveChangesAsync(ct));
    }
}
