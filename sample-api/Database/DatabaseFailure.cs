using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Polly;
using Polly.Retry;

namespace SampleApi;

internal static class DatabaseFailure
{
    /// <summary>Tries again, about once a second, what failed because the database was not there. Ends by its token.</summary>
    public static readonly ResiliencePipeline UntilItIsThere = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(IsUnavailable),
            MaxRetryAttempts = int.MaxValue,
            Delay = TimeSpan.FromSeconds(1),
            UseJitter = true,
        })
        .Build();

    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;

    // SQLSTATE classes and codes that mean "not now": lost connections, too few resources, operator's intervention (shutdown, a query
    // ended by the server), and a table that a fresh database does not have yet.
    private static readonly string[] NotNow = ["08", "53", "57", PostgresErrorCodes.UndefinedTable];

    /// <summary>Whether the database, not the query, is in trouble. EF Core wraps what the driver throws.</summary>
    public static bool IsUnavailable(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            bool unavailable = exception switch
            {
                PostgresException postgres => postgres.IsTransient
                    || NotNow.Any(code => postgres.SqlState.StartsWith(code, StringComparison.Ordinal)),
                SqliteException sqlite => sqlite.SqliteErrorCode is SqliteBusy or SqliteLocked,
                DbException other => other.IsTransient,
                _ => false,
            };
            if (unavailable)
            {
                return true;
            }
        }

        return false;
    }
}
