namespace SampleApi;

/// <summary>What the storefront sells, invented from ids: the same in every database and in every process.</summary>
internal static class Catalog
{
    public const int ProductCount = 1_000;
    public const int OrderCount = 5_000;

    private static readonly string[] Materials = ["Oak", "Steel", "Linen", "Glass", "Cork", "Copper", "Wool", "Stone", "Paper", "Brass"];
    private static readonly string[] Things = ["Lamp", "Chair", "Kettle", "Clock", "Shelf", "Basket", "Mirror", "Blanket", "Bowl", "Desk"];
    private static readonly string[] Opinions
        = ["Just right.", "Smaller than it looks.", "My second one.", "Arrived broken, replaced at once."];
    private static readonly DateTimeOffset FirstOrder = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static decimal PriceOf(int productId) => 5m + ((long)productId * 37 % 500) + (productId % 4 * 0.25m);

    public static int StockOf(int productId) => (int)((long)productId * 7919 % 90) + 10;

    public static Review[] ReviewsOf(int productId) => [.. Enumerable.Range(1, (productId % 3) + 1)
        .Select(n => new Review(
            $"Customer {((long)productId * 31 + n) % 997}",
            (int)(((long)productId + n) % 5) + 1,
            Opinions[((long)productId + n) % Opinions.Length]))];

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
