namespace SampleApi;

internal sealed class ReviewsClient(HttpClient http)
{
    public Task<Review[]> GetAsync(int productId, CancellationToken cancellationToken) =>
        http.GetFromUpstreamAsync<Review[]>("reviews", productId, cancellationToken);
}
