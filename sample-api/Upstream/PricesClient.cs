namespace SampleApi;

internal sealed class PricesClient(HttpClient http)
{
    public async Task<decimal> GetAsync(int productId, CancellationToken cancellationToken) =>
        (await http.GetFromUpstreamAsync<PriceAnswer>("prices", productId, cancellationToken)).Price;
}
