namespace SampleApi;

internal sealed class PricesClient(HttpClient http)
{
    public async Task<decimal> GetAsync(int productId, Trouble trouble, CancellationToken cancellationToken) =>
        (await http.GetFromUpstreamAsync<PriceAnswer>("prices", productId, trouble, cancellationToken)).Price;
}
