namespace SampleApi;

internal sealed record PlacedOrder(int Id);
