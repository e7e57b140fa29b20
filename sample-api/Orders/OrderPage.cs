namespace SampleApi;

/// <summary>What <c>GET /orders/{id}</c> answers.</summary>
public sealed record OrderPage(int Id, int ProductId, string ProductName, int Quantity, decimal Total, DateTimeOffset? ReceiptSentAt);
