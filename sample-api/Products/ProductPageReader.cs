using Polly;
using TaskGroups;
using TaskGroups.Hosting;

namespace SampleApi;

/// <summary>
/// Asks the three services for one of many products. Each page has a group of its own: a call that fails cancels the others of its page,
/// and when the page is there, or has failed, nothing of it runs any more.
/// </summary>
internal sealed class ProductPageReader(
    ITaskGroupFactory groups,
    PricesClient prices,
    StockClient stocks,
    ReviewsClient reviews,
    [FromKeyedServices("prices")] ResiliencePipeline retry)
{
    public Task<ProductPage> ReadAsync(Product product, CancellationToken cancellationToken) => groups.RunAsync(
        async page =>
        {
            Task<decimal> price = page.Run(retry, ct => prices.GetAsync(product.Id, ct));
            Task<int> stock = page.Run(ct => stocks.GetAsync(product.Id, ct));
            Task<Review[]> review = page.RunOrDefault(ct => reviews.GetAsync(product.Id, ct), fallback: []);
            return new ProductPage(product.Id, product.Name, await price, await stock, await review);
        },
        new TaskGroupOptions { Name = "product page" },
        cancellationToken);
}
