namespace SampleApi;

internal sealed class Order
{
    public int Id { get; init; }

    public int ProductId { get; init; }

    public Product? Product { get; init; }

    public int Quantity { get; init; }

    public decimal Total { get; init; }

    public DateTimeOffset PlacedAt { get; init; }

    /// <summary>Null until the receipt lies in the pickup directory: the durable record of the work that is still owed.</summary>
    public DateTimeOffset? ReceiptSentAt { get; init; }
}
