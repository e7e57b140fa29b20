namespace SampleApi;

internal sealed class StockClient(HttpClient http)
{
    public async Task<int> GetAsync(int productId, Trouble trouble, CancellationToken cancellationToken) =>
        (await http.GetFromUpstreamAsync<StockAnswer>("stock", productId, trouble, cancellationToken)).Stock;
}
