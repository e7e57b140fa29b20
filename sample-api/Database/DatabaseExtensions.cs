using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace SampleApi;

internal static class DatabaseExtensions
{
    public static IServiceCollection AddDatabase(this IServiceCollection services)
    {
        services.AddOptions<DatabaseOptions>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<DatabaseOptions>, DatabaseOptions.Setup>();
        services.AddSingleton<DatabaseSetup>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseSetup>());
        return services.AddDbContextPool<StorefrontDb>(
            (provider, options) => Configure(provider.GetRequiredService<IOptions<DatabaseOptions>>().Value, options));
    }

    private static void Configure(DatabaseOptions database, DbContextOptionsBuilder options)
    {
        if (database.IsPostgres)
        {
            options.UseNpgsql(database.ConnectionString);
        }
        else
        {
            options.UseSqlite(database.ConnectionString);
        }

        // EF Core logs as errors what it throws as well, cancellations by a token that has already fired among them. Here an exception
        // is logged once, by who handles it: the exception handler or the background group.
        options.UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).ConfigureWarnings(events => events.Log(
            (RelationalEventId.ConnectionError, LogLevel.Debug),
            (RelationalEventId.CommandError, LogLevel.Debug),
            (RelationalEventId.TransactionError, LogLevel.Debug),
            (CoreEventId.QueryIterationFailed, LogLevel.Debug),
            (CoreEventId.SaveChangesFailed, LogLevel.Debug)));
    }
}
