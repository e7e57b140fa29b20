namespace SampleApi;

internal sealed class ReviewsClient(HttpClient http)
{
    public Task<Review[]> GetAsync(int productId, Trouble trouble, CancellationToken cancellationToken) =>
        http.GetFromUpstreamAsync<Review[]>("reviews", productId, trouble, cancellationToken);
}
