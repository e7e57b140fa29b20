using Microsoft.EntityFrameworkCore;

namespace Ordinary;

public sealed class Customer
{
    public int Id { get; set; }
    public required string Name { get; set; }
    public List<Invoice> Invoices { get; } = [];
}

public sealed class Invoice
{
    public int Id { get; set; }
    public int CustomerId { get; set; }
    public decimal Total { get; set; }
    public DateTimeOffset? PaidAt { get; set; }
}

public sealed class BillingDb(DbContextOptions<BillingDb> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();
    public DbSet<Invoice> Invoices => Set<Invoice>();
}

public interface IMailer
{
    Task SendAsync(string to, string text, CancellationToken cancellationToken = default);
}
