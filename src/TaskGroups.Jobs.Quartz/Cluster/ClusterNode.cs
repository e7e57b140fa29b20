using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs.Quartz;

/// <summary>This node's life in the cluster: it connects when the database answers, takes turns, watches its leases, and leaves.</summary>
internal sealed class ClusterNode(
    Cluster cluster, Turns turns, JobRows rows, NodeRuns runs, JobRegistry registry, JobNode node, Readiness readiness, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan LongestShutdown = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _leaving = new();
    private readonly ClusterDuties _duties = new(cluster.Source, turns, rows, registry, node.Name, logger);
    private readonly TaskCompletionSource _noAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _changing = new(1, 1); // start or stand-by, one at a time
    private Readiness.Hold? _hold;
    private Task _life = Task.CompletedTask;
    private bool _standsBy;

    public IReadOnlyList<JobQueueLength> Queues => _duties.Queues;

    /// <summary>
    /// Begins to connect. Waits for the first answer, so that what is wrong for good ends the application's start, but not for a database
    /// that is away.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tables are of a newer version, or this node's clock is wrong.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Hold("is connecting to the database");
        Task joined = JoinAsync();
        _life = LiveAsync(joined);
        await Task.WhenAny(joined, _noAnswer.Task, Task.Delay(LongestStart, TimeProvider.System, cancellationToken)).ConfigureAwait(false);
        if (joined.IsFaulted)
        {
            await joined.ConfigureAwait(false);
        }
    }

    /// <summary>Takes no turns any more. The node goes on checking in.</summary>
    public async Task StandByAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _standsBy = true;
            if (cluster.Current is { } connected)
            {
                await connected.Scheduler.Standby(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Leaves the cluster. Runs that ignore their cancellation are left to the other nodes.</summary>
    public async ValueTask DisposeAsync()
    {
        // None of it waits for a database that does not answer. What then still waits keeps what it uses.
        Task life = Task.WhenAll(_leaving.CancelAsync(), _life);
        await Task.WhenAny(life, Task.Delay(LongestShutdown, TimeProvider.System)).ConfigureAwait(false);
        if (!await cluster.ShutDownAsync(LongestShutdown).ConfigureAwait(false))
        {
            runs.Abandon();
            logger.LeavesRuns(node.Name, runs.Held.Count());
        }

        if (life.IsCompleted)
        {
            await life.ConfigureAwait(false);
            _changing.Dispose();
            _leaving.Dispose();
        }
    }

    private async Task LiveAsync(Task joined)
    {
        try
        {
            await joined.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            Hold($"cannot take part: {exception.Message}");
            logger.CannotTakePart(exception);
            return;
        }

        _hold?.Release();
        logger.HasJoined(node.Name);
        CancellationToken leaving = _leaving.Token;
        await Task.WhenAll(
            new LeaseWatcher(cluster.Source, runs, node.Name, logger).WatchAsync(leaving),
            new ClusterMessages(cluster, runs, logger).ListenAsync(leaving),
            _duties.DoAsync(leaving)).ConfigureAwait(false);
    }

    /// <summary>Repeats the attempt to connect until the database answers.</summary>
    private async Task JoinAsync()
    {
        long? reported = null;
        while (true)
        {
            try
            {
                Cluster.Connected connected = await cluster.ConnectAsync(_leaving.Token).ConfigureAwait(false);
                await ClusterClock.CheckAsync(cluster.Source, node.Name, logger, _leaving.Token).ConfigureAwait(false);
                await StartAsync(connected).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (Cluster.IsOutage(exception))
            {
                Hold($"the database does not answer: {exception.Message}");
                _noAnswer.TrySetResult();
                if (reported is not { } last || TimeProvider.System.GetElapsedTime(last) >= ReportInterval)
                {
                    reported = TimeProvider.System.GetTimestamp();
                    logger.DatabaseDoesNotAnswer(exception);
                }
            }

            await Task.Delay(RetryInterval, TimeProvider.System, _leaving.Token).ConfigureAwait(false);
        }
    }

    private async Task StartAsync(Cluster.Connected connected)
    {
        await _changing.WaitAsync(_leaving.Token).ConfigureAwait(false);
        try
        {
            if (!_standsBy)
            {
                await connected.Scheduler.Start(_leaving.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    private void Hold(string why)
    {
        Readiness.Hold? former = _hold;
        _hold = readiness.Add($"jobs ({why})");
        former?.Release();
    }
}
