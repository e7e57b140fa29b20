using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskGroups.Jobs.Quartz;

/// <summary>
/// Ends the runs of this node that it has lost the lease of, before another node starts them as far as this one runs (R46). It also finds
/// cancellations whose message was missed.
/// </summary>
/// <remarks>
/// <para>A lease is lost in two ways, and each is looked at once in a <see cref="ClusterSettings.WatchPeriod"/>:</para>
/// <list type="number">
/// <item><description>The engine's row of the run is gone, or the job has another run: another node has taken it.</description></item>
/// <item><description>The node's last check-in is <see cref="ClusterSettings.LeaseTime"/> ago by the monotonic clock: the
/// database does not answer, or the process stood still. The others take the jobs a little later.</description></item>
/// </list>
/// <para>The second look needs no answer of the database, so a question that hangs does not hold it up.</para>
/// </remarks>
internal sealed class LeaseWatcher(NpgsqlDataSource source, NodeRuns runs, string node, ILogger logger)
{
    private const string LookText =
        """
        select (select last_checkin_time from qrtz_scheduler_state where sched_name = $1 and instance_name = $2) as checkin,
            held.run, fired.entry_id is not null and job.run = held.run as is_ours, coalesce(job.cancel_requested, false)
        from (select 1) one
        left join unnest($3::text[], $4::uuid[], $5::text[]) held (id, run, firing) on true
        left join taskgroups_jobs job on job.id = held.id
        left join qrtz_fired_triggers fired on fired.sched_name = $1 and fired.entry_id = held.firing
        """;

    private readonly TimeProvider _time = TimeProvider.System;
    private long _renewedAt;
    private long? _checkin;
    private bool _isLost;

    /// <summary>Watches until the token fires.</summary>
    /// <returns>A task that never fails.</returns>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _renewedAt, _time.GetTimestamp());
        using var timer = new PeriodicTimer(ClusterSettings.WatchPeriod, _time);
        Task look = Task.CompletedTask;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                look = look.IsCompleted ? LookAsync(cancellationToken) : look;
                GiveUpIfExpired();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private void GiveUpIfExpired()
    {
        TimeSpan since = _time.GetElapsedTime(Volatile.Read(ref _renewedAt));
        bool isLost = since > ClusterSettings.LeaseTime;
        HeldRun[] held = isLost ? [.. runs.Held] : [];
        foreach (HeldRun run in held)
        {
            NodeRuns.GiveUp(run);
        }

        if (isLost && !_isLost)
        {
            logger.LeaseIsLost(node, since.TotalSeconds, held.Length);
        }

        _isLost = isLost;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            HeldRun[] held = [.. runs.Held];
            long asked = _time.GetTimestamp();
            await using NpgsqlCommand command = source.CreateCommand(LookText);
            command.CommandTimeout = (int)ClusterSettings.CheckinThreshold.TotalSeconds;
            JobTable.AddParameters(
                command,
                ClusterSettings.SchedulerName,
                node,
                held.Select(run => run.Claim.Entry.Id.Value).ToArray(),
                held.Select(run => run.Claim.Run).ToArray(),
                held.Select(run => run.Claim.Firing).ToArray());
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            Dictionary<Guid, HeldRun> byRun = held.ToDictionary(run => run.Claim.Run);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                NoteCheckin(reader.IsDBNull(0) ? null : reader.GetInt64(0), asked);
                if (!reader.IsDBNull(1))
                {
                    Judge(byRun[reader.GetGuid(1)], isOurs: !reader.IsDBNull(2) && reader.GetBoolean(2), isCanceled: reader.GetBoolean(3));
                }
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // What follows from a database that does not answer is decided by the clock.
            logger.LookFailed(exception);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private void NoteCheckin(long? checkin, long asked)
    {
        if (checkin is not null && checkin != _checkin)
        {
            _checkin = checkin;
            Volatile.Write(ref _renewedAt, asked);
        }
    }

    private void Judge(HeldRun held, bool isOurs, bool isCanceled)
    {
        if (!isOurs && runs.Holds(held))
        {
            logger.RunIsLost(held.Claim.Entry.Name, held.Claim.Entry.Id.Value);
            NodeRuns.GiveUp(held);
        }
        else if (isCanceled)
        {
            held.Run.Cancel(JobEnd.Canceled);
        }
    }
}
