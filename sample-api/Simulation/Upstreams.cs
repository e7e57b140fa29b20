using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SampleApi;

/// <summary>
/// The simulated services, called through real HTTP: no part of the storefront, only in the same process by default.
/// <c>/upstream/calls</c> shows how each call ended.
/// </summary>
internal static class Upstreams
{
    public static readonly string[] Names = ["prices", "stock", "reviews", "carrier-a", "carrier-b"];

    public static IServiceCollection AddSimulatedUpstreams(this IServiceCollection services) => services
        .AddSingleton<CallLog>()
        .AddRequestTaskGroups(options => options.IncomingDeadline.IsTrusted =
            context => context.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller))
        .ConfigureHttpJsonOptions(
            json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));

    public static void MapUpstreams(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder upstream = app.MapGroup("/upstream").WithTags("Simulated services");
        upstream.MapGet("/calls", (CallLog calls) => calls.Snapshot());

        RouteGroupBuilder services = upstream.MapGroup("").AddEndpointFilter<CallRecorder>();
        services.MapService("prices", SimulatedAnswers.Price);
        services.MapService("stock", SimulatedAnswers.Stock);
        services.MapService("reviews", SimulatedAnswers.Reviews);
        foreach (string carrier in new[] { "carrier-a", "carrier-b" })
        {
            services.MapService(
                carrier,
                id => SimulatedAnswers.QuoteOf(carrier, id),
                id => SimulatedAnswers.CarrierDelayMs(carrier, id));
        }
    }

    private static void MapService<TAnswer>(
        this RouteGroupBuilder services,
        string name,
        Func<int, TAnswer> answer,
        Func<int, int>? usualDelayMs = null) =>
        services.MapGet(
            $"/{name}/{{id:int:min(1)}}",
            ([Range(0, Faults.MaxDelayMs)] int? delayMs, int id, bool? fail, CancellationToken cancellationToken) =>
                AnswerAsync(answer(id), delayMs ?? usualDelayMs?.Invoke(id) ?? 0, fail, cancellationToken));

    // The token is the request's: it fires when the caller gives up, and the service stops working on an answer that nothing waits for.
    private static async Task<Results<Ok<TAnswer>, ProblemHttpResult>> AnswerAsync<TAnswer>(
        TAnswer answer,
        int delayMs,
        bool? fail,
        CancellationToken cancellationToken)
    {
        await Task.Delay(delayMs, cancellationToken);
        return fail == true
            ? TypedResults.Problem("This call was asked to fail.", statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Ok(answer);
    }
}
