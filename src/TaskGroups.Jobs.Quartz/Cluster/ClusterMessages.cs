using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>
/// Listens to what the nodes tell each other with their commits: there is a turn, or a job was canceled. A message that is missed costs
/// a second: the engine looks for turns by itself, and the lease watcher for cancellations.
/// </summary>
internal sealed class ClusterMessages(Cluster cluster, NodeRuns runs, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Listens until the token fires.</summary>
    /// <returns>A task that never fails.</returns>
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ListenOnceAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.ListenFailed(exception);
                await Task.Delay(Pause, TimeProvider.System, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenOnceAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await cluster.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        bool hasTurns = true; // of the time before
        connection.Notification += (_, message) =>
        {
            if (message.Payload.Length == 0)
            {
                hasTurns = true;
            }
            else
            {
                runs.Cancel(message.Payload);
            }
        };
        await using (var listen = new NpgsqlCommand($"listen {JobTable.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            if (hasTurns)
            {
                hasTurns = false;
                await cluster.WakeAsync(cancellationToken).ConfigureAwait(false);
            }

            await connection.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
