using System.Diagnostics;
using Npgsql;

namespace TaskGroups.Jobs.Quartz.Node;

/// <summary>
/// Writes into the database which runs began and ended. Times are those of the machine's monotonic clock, which all processes share and
/// no test sets.
/// </summary>
internal sealed class Ledger(NpgsqlDataSource source, string node)
{
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(20);

    private static double Now => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    /// <summary>Notes a run before its work begins.</summary>
    /// <param name="context">The context of the run.</param>
    /// <param name="payload">What the handler read.</param>
    /// <param name="cancellationToken">The token of the run.</param>
    public async Task<Guid> StartAsync(JobContext context, object payload, CancellationToken cancellationToken)
    {
        var run = Guid.NewGuid();
        await ExecuteAsync(
            "insert into ledger (run, job, node, started, is_recovered, attempt, payload) values ($1, $2, $3, $4, $5, $6, $7)",
            cancellationToken,
            run, context.Id.Value, node, Now, context.IsRecovered, context.Attempt, payload.ToString()!);
        return run;
    }

    /// <summary>Notes the end of a run, as soon as the database answers.</summary>
    public async Task EndAsync(Guid run, JobEnd reason)
    {
        double at = Now;
        while (true)
        {
            try
            {
                await ExecuteAsync(
                    "update ledger set ended = $2, reason = $3 where run = $1", CancellationToken.None, run, at, reason.ToString());
                return;
            }
            catch (Exception exception) when (
                exception is NpgsqlException or TimeoutException or IOException && Now - at < LongestWrite.TotalSeconds)
            {
                await Task.Delay(100);
            }
        }
    }

    private async Task ExecuteAsync(string text, CancellationToken cancellationToken, params object[] values)
    {
        await using NpgsqlCommand command = source.CreateCommand(text);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
