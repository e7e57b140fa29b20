using System.ComponentModel.DataAnnotations;

namespace SampleApi;

/// <summary>What <c>POST /orders</c> takes.</summary>
public sealed class NewOrder
{
    public required int ProductId { get; init; }

    [Range(1, 10_000)]
    public required int Quantity { get; init; }
}
