using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>Compares this node's clock with the database's: nodes judge each other's check-ins by their own clocks.</summary>
internal static class ClusterClock
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <exception cref="InvalidOperationException">The clocks differ by more than a node may be late.</exception>
    public static async Task CheckAsync(NpgsqlDataSource source, string node, ILogger logger, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("select clock_timestamp()", connection);
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        var database = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
        DateTimeOffset after = TimeProvider.System.GetUtcNow();

        // What the answer took is no difference of the clocks.
        TimeSpan ahead = before > database ? before - database : after < database ? after - database : TimeSpan.Zero;
        if (ahead.Duration() > ClusterSettings.CheckinThreshold)
        {
            throw new InvalidOperationException(
                $"The clock of this node says {after:O}, and the database's {database:O}. Nodes tell by their clocks whether another one "
                    + $"lives, so with more than {ClusterSettings.CheckinThreshold.TotalSeconds:0} s between them they would take each "
                    + "other's running jobs. Synchronize the clock (NTP), then start the application again.");
        }

        if (ahead.Duration() > Tolerance)
        {
            logger.ClocksDiffer(node, ahead.TotalSeconds);
        }
    }
}
