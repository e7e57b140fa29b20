using Microsoft.OpenApi;

namespace SampleApi;

/// <summary>Lets the caller of an endpoint make upstream services slow or broken; the endpoint itself has no line for it.</summary>
internal static class FaultInjection
{
    public static IServiceCollection AddFaultInjection(this IServiceCollection services) =>
        services.AddHttpContextAccessor().AddTransient<FaultInjectionHandler>();

    /// <summary>Reads <c>slow</c> and <c>break</c> of the query; what cannot be read is answered with 400 and what to type.</summary>
    public static TBuilder WithFaultInjection<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints
            .AddEndpointFilter((context, next) =>
            {
                if (!Faults.TryParse(context.HttpContext.Request.Query, out Faults faults, out Dictionary<string, string[]>? errors))
                {
                    return ValueTask.FromResult<object?>(TypedResults.ValidationProblem(errors));
                }

                context.HttpContext.Features.Set(faults);
                return next(context);
            })
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.Parameters ??= [];
                operation.Parameters.Add(Parameter("slow", Faults.SlowUsage));
                operation.Parameters.Add(Parameter("break", Faults.BreakUsage));
                return Task.CompletedTask;
            });

    private static OpenApiParameter Parameter(string name, string usage) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = $"Disturbs upstream services: {usage}.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
    };
}
