using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace SampleApi;

/// <summary>
/// The lesson: live says that the process answers; ready says that it should be sent requests, which ends when shutdown begins.
/// </summary>
internal static class HealthEndpoints
{
    private const string Ready = "ready";

    public static IServiceCollection AddReadiness(this IServiceCollection services)
    {
        services.AddHealthChecks()
            // Unhealthy from the first sign of shutdown on; degraded while a background group is full.
            .AddTaskGroups(tags: [Ready])
            .AddCheck<DatabaseCheck>("database", tags: [Ready], timeout: TimeSpan.FromSeconds(3));
        return services;
    }

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) });
    }
}
