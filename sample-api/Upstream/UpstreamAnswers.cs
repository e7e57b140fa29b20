namespace SampleApi;

internal sealed record PriceAnswer(int ProductId, decimal Price);

internal sealed record StockAnswer(int ProductId, int Stock);

internal sealed record Review(string Author, int Stars, string Text);

/// <summary>What a carrier takes for sending one product, and how long it is under way.</summary>
internal sealed record Quote(string Carrier, decimal Price, int Days);
