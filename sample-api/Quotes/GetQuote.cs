using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using TaskGroups;

namespace SampleApi;

/// <summary>
/// The lesson: a race. Both carriers are asked at once, the first answer is taken, and the other call is canceled and waited for. One that
/// fails loses; only if both fail does the request fail. (Polly's hedging asks the second carrier only when the first is late or fails:
/// less load, a later answer.)
/// </summary>
internal static class GetQuote
{
    // A call is named after its text, without the strings in it.
    private const string CarrierA = "carrier-a";
    private const string CarrierB = "carrier-b";

    public static void MapGetQuote(this IEndpointRouteBuilder app) =>
        app.MapGet("/quotes/{id:int:min(1)}", async Task<Results<Ok<Quote>, NotFound>> (
            int id,
            ITaskGroup tasks,
            StorefrontDb db,
            CarriersClient carriers) =>
        {
            if (!await db.Products.AnyAsync(p => p.Id == id, tasks.CancellationToken))
            {
                return TypedResults.NotFound();
            }

            return TypedResults.Ok(await tasks.RaceAsync(
                ct => carriers.GetQuoteAsync(CarrierA, id, ct),
                ct => carriers.GetQuoteAsync(CarrierB, id, ct)));
        }).WithTaskGroup("page");
}
