using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>
/// What each node does now and then: it reads the queues, says which jobs it knows, and removes what is not kept any longer.
/// </summary>
internal sealed class ClusterDuties(
    NpgsqlDataSource source, Turns turns, JobRows rows, JobRegistry registry, string node, ILogger logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongPeriod = TimeSpan.FromMinutes(1);

    // A node says what it knows once a minute; one that has said nothing for two is gone.
    private const string IntroduceText =
        """
        insert into taskgroups_nodes (node, names, seen_at) values ($1, $2, clock_timestamp())
        on conflict (node) do update set seen_at = excluded.seen_at;
        """;

    private const string ForgetText = "delete from taskgroups_nodes where seen_at < clock_timestamp() - interval '2 minutes'";

    private const string UnknownText =
        """
        select name, count(*) from taskgroups_jobs
        where state = 'waiting' and due_at <= clock_timestamp()
            and not exists (select from taskgroups_nodes known where name = any (known.names))
        group by name
        """;

    // Of a recurring job the latest turn is kept until there is a later one: with its id the turn would run again.
    private const string RemoveText =
        """
        delete from taskgroups_jobs job
        where name = $1 and ended_at < clock_timestamp() - (case when state = 'failed' then $3 else $2 end)
            and (not $4 or exists (select from taskgroups_jobs later where later.name = $1 and later.id > job.id))
        """;

    private IReadOnlyList<JobQueueLength> _queues = [];

    /// <summary>The queues as they were last read.</summary>
    public IReadOnlyList<JobQueueLength> Queues => Volatile.Read(ref _queues);

    /// <summary>Does all of it until the token fires.</summary>
    /// <returns>A task that never fails.</returns>
    public async Task DoAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, TimeProvider.System);
        long? longAgo = null;
        try
        {
            do
            {
                bool isLong = longAgo is not { } last || TimeProvider.System.GetElapsedTime(last) >= LongPeriod;
                if (await TryAsync(isLong, cancellationToken).ConfigureAwait(false) && isLong)
                {
                    longAgo = TimeProvider.System.GetTimestamp();
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task<bool> TryAsync(bool isLong, CancellationToken cancellationToken)
    {
        try
        {
            if (isLong)
            {
                await IntroduceAsync(cancellationToken).ConfigureAwait(false);
                await ReportUnknownAsync(cancellationToken).ConfigureAwait(false);
                await RemoveAsync(cancellationToken).ConfigureAwait(false);
                await RepairAsync(cancellationToken).ConfigureAwait(false);
            }

            Volatile.Write(ref _queues, await rows.ReadQueuesAsync(cancellationToken).ConfigureAwait(false));
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            logger.DutyFailed(exception);
            return false;
        }
    }

    private async Task IntroduceAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync(IntroduceText, cancellationToken, node, registry.All.Select(job => job.Name).ToArray()).ConfigureAwait(false);
        await ExecuteAsync(ForgetText, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReportUnknownAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(UnknownText);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            logger.UnknownJobs(reader.GetInt64(1), reader.GetString(0));
        }
    }

    private async Task RemoveAsync(CancellationToken cancellationToken)
    {
        foreach (JobRegistration job in registry.All)
        {
            JobOptions options = job.Options;
            await ExecuteAsync(
                RemoveText, cancellationToken, job.Name, options.KeepCompleted, options.KeepFailed, options.Schedule is not null)
                .ConfigureAwait(false);
        }
    }

    private async Task RepairAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        while (await turns.AddAsync(own => JobTable.RepairAsync(own, now, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            logger.TurnWasLost();
        }
    }

    private async Task ExecuteAsync(string text, CancellationToken cancellationToken, params object[] values)
    {
        await using NpgsqlCommand command = source.CreateCommand(text);
        JobTable.AddParameters(command, values);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
