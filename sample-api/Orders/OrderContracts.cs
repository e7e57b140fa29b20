using System.ComponentModel.DataAnnotations;

namespace SampleApi;

/// <summary>What <c>POST /orders</c> takes.</summary>
public sealed class NewOrder
{
    public required int ProductId { get; init; }

    [Range(1, 10_000)]
    public required int Quantity { get; init; }
}

/// <summary>What <c>POST /orders</c> answers.</summary>
internal sealed record PlacedOrder(int Id);

/// <summary>What <c>GET /orders/{id}</c> answers.</summary>
public sealed record OrderPage(int Id, int ProductId, string ProductName, int Quantity, decimal Total, DateTimeOffset? ReceiptSentAt);
