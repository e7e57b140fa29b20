using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SampleApi;

internal sealed class DatabaseCheck(StorefrontDb db, DatabaseSetup setup, ILogger<DatabaseCheck> logger) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!setup.Done.IsCompletedSuccessfully)
        {
            return HealthCheckResult.Unhealthy("The database is not set up yet.");
        }

        try
        {
            await db.Database.ExecuteSqlAsync($"SELECT 1", cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (DatabaseFailure.IsUnavailable(e))
        {
            logger.DatabaseIsMissing(e);
            return HealthCheckResult.Unhealthy("The database cannot be reached.", e);
        }
    }
}
