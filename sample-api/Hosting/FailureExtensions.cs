namespace SampleApi;

internal static class FailureExtensions
{
    /// <summary>Every failure is answered as <c>application/problem+json</c>, in development as in production.</summary>
    public static IServiceCollection AddFailures(this IServiceCollection services) => services
        // So that a body or a parameter that cannot be read is answered with the reason.
        .Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true)
        .AddProblemDetails()
        .AddExceptionHandler<FailureHandler>();
}
