namespace SampleApi;

internal sealed record ProductPage(int Id, string Name, decimal Price, int Stock, IReadOnlyList<Review> Reviews);
