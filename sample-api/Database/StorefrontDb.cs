using Microsoft.EntityFrameworkCore;

namespace SampleApi;

/// <summary>
/// A context serves one child at a time. Children that query at the same time get a scope, and so a context, each: <c>RunScoped</c>.
/// </summary>
internal sealed class StorefrontDb(DbContextOptions<StorefrontDb> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    public DbSet<Order> Orders => Set<Order>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>(product =>
        {
            product.Property(p => p.Id).ValueGeneratedNever();
            product.Property(p => p.Name).HasMaxLength(100);
            product.Property(p => p.Price).HasPrecision(10, 2);
        });
        modelBuilder.Entity<Order>(order => order.Property(o => o.Total).HasPrecision(12, 2));
    }
}
