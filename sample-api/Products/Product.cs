namespace SampleApi;

internal sealed class Product
{
    public int Id { get; init; }

    public required string Name { get; init; }

    /// <summary>What orders are charged. The price service answers the same.</summary>
    public decimal Price { get; init; }
}
