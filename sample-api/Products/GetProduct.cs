using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Polly;
using TaskGroups;
using TaskGroups.Hosting;

namespace SampleApi;

/// <summary>
/// The lesson: a request fans out, and what it started ends with it. When a required call fails, the others are canceled and the request
/// fails at once; when the limit is reached or the client leaves, all are canceled.
/// </summary>
internal static class GetProduct
{
    public static void MapGetProduct(this IEndpointRouteBuilder app) =>
        app.MapGet("/products/{id:int:min(1)}", async Task<Results<Ok<ProductPage>, NotFound>> (
            int id,
            ITaskGroup tasks,
            StorefrontDb db,
            PricesClient prices,
            StockClient stocks,
            ReviewsClient reviews,
            [FromKeyedServices("prices")] ResiliencePipeline retry) =>
        {
            Task<Product?> product = tasks.Run(ct => db.Products.SingleOrDefaultAsync(p => p.Id == id, ct));
            Task<decimal> price = tasks.Run(retry, ct => prices.GetAsync(id, ct));
            Task<int> stock = tasks.Run(ct => stocks.GetAsync(id, ct));
            Task<Review[]> review = tasks.RunOrDefault(ct => reviews.GetAsync(id, ct), fallback: []);

            if (await product is not { } found)
            {
                // Without this the answer would wait for the services.
                tasks.Cancel();
                return TypedResults.NotFound();
            }

            return TypedResults.Ok(new ProductPage(id, found.Name, await price, await stock, await review));
        }).WithTaskGroup("page");
}
