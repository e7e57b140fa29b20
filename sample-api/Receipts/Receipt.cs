namespace SampleApi;

internal sealed record Receipt(int OrderId, int ProductId, string ProductName, int Quantity, decimal Total, DateTimeOffset PlacedAt);
