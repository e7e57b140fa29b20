using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SampleApi;

/// <summary>Turns readiness off at the first sign of shutdown, so that load balancers send new requests elsewhere.</summary>
internal sealed class DrainingCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested
            ? HealthCheckResult.Unhealthy("The application is stopping.")
            : HealthCheckResult.Healthy());
}
