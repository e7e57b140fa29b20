namespace SampleApi;

/// <summary>The products and orders of a fresh database, invented from ids: the same in every database and in every process.</summary>
internal static class SampleData
{
    public const int ProductCount = 1_000;
    public const int OrderCount = 5_000;

    private static readonly string[] Materials = ["Oak", "Steel", "Linen", "Glass", "Cork", "Copper", "Wool", "Stone", "Paper", "Brass"];
    private static readonly string[] Things = ["Lamp", "Chair", "Kettle", "Clock", "Shelf", "Basket", "Mirror", "Blanket", "Bowl", "Desk"];
    private static readonly DateTimeOffset FirstOrder = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static decimal PriceOf(int productId) => 5m + ((long)productId * 37 % 500) + (productId % 4 * 0.25m);

    public static IEnumerable<Product> Products() => Enumerable.Range(1, ProductCount).Select(id => new Product
    {
        Id = id,
        Name = $"{Materials[id % 10]} {Things[id / 10 % 10]} No. {id}",
        Price = PriceOf(id),
    });

    public static IEnumerable<Order> Orders() => Enumerable.Range(1, OrderCount).Select(id =>
    {
        int productId = (id * 7919 % ProductCount) + 1;
        int quantity = (id % 5) + 1;
        DateTimeOffset placedAt = FirstOrder.AddMinutes(id);
        return new Order
        {
            Id = id,
            ProductId = productId,
            Quantity = quantity,
            Total = quantity * PriceOf(productId),
            PlacedAt = placedAt,
            ReceiptSentAt = placedAt.AddSeconds(1),
        };
    });
}
