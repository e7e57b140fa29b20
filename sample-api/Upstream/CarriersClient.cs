namespace SampleApi;

internal sealed class CarriersClient(HttpClient http)
{
    public Task<Quote> GetQuoteAsync(string carrier, int productId, CancellationToken cancellationToken) =>
        http.GetFromUpstreamAsync<Quote>(carrier, productId, cancellationToken);
}
