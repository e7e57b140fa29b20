using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SampleApi;

/// <summary>The simulated services, called through real HTTP. <c>/upstream/calls</c> shows how each call ended.</summary>
internal static class Upstreams
{
    public static void MapUpstreams(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder upstream = app.MapGroup("/upstream").WithTags("Simulated services");
        upstream.MapGet("/calls", (CallLog calls) => calls.Snapshot());

        RouteGroupBuilder services = upstream.MapGroup("").AddEndpointFilter<CallRecorder>();
        services.MapGet("/prices/{id:int:min(1)}", (int id, [Range(
            0,
            Trouble.MaxDelayMs)] int? delayMs, bool? fail, CancellationToken cancellationToken)
            => AnswerAsync(new PriceAnswer(id, Catalog.PriceOf(id)), delayMs, fail, cancellationToken));
        services.MapGet("/stock/{id:int:min(1)}", (int id, [Range(
            0,
            Trouble.MaxDelayMs)] int? delayMs, bool? fail, CancellationToken cancellationToken)
            => AnswerAsync(new StockAnswer(id, Catalog.StockOf(id)), delayMs, fail, cancellationToken));
        services.MapGet("/reviews/{id:int:min(1)}", (int id, [Range(
            0,
            Trouble.MaxDelayMs)] int? delayMs, bool? fail, CancellationToken cancellationToken)
            => AnswerAsync(Catalog.ReviewsOf(id), delayMs, fail, cancellationToken));
    }

    // The token is the request's: it fires when the caller gives up, and the service stops working for nobody.
    private static async Task<Results<Ok<TAnswer>, ProblemHttpResult>> AnswerAsync<TAnswer>(
        TAnswer answer,
        int? delayMs,
        bool? fail,
        CancellationToken cancellationToken)
    {
        await Task.Delay(delayMs ?? 0, cancellationToken);
        return fail == true
            ? TypedResults.Problem("This call was asked to fail.", statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Ok(answer);
    }
}
