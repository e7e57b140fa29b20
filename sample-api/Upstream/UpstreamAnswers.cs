namespace SampleApi;

internal sealed record PriceAnswer(int ProductId, decimal Price);

internal sealed record StockAnswer(int ProductId, int Stock);

internal sealed record Review(string Author, int Stars, string Text);
