namespace SampleApi;

internal sealed class StockClient(HttpClient http)
{
    public async Task<int> GetAsync(int productId, CancellationToken cancellationToken) =>
        (await http.GetFromUpstreamAsync<StockAnswer>("stock", productId, cancellationToken)).Stock;
}
