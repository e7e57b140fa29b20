using System.Globalization;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>
/// Enqueues the turns of recurring jobs. Every node does so: the id of a turn is made of the job's name and its time, and the same id is
/// the same job, so each turn runs once per cluster.
/// </summary>
internal sealed class RecurringJobs(
    IJobEngine engine, JobRegistry registry, JobMetrics metrics, ApplicationGroups application, ILogger<RecurringJobs> logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _stop = new(); // not disposed: a host may be stopped again after its disposal
    private readonly ILogger _logger = new SafeLogger(logger);

    /// <summary>Completes when no turn is enqueued any more. Never fails.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    private TimeProvider Time => application.TimeProvider;

    /// <summary>Gives the id of a turn.</summary>
    public static JobId IdOf(string job, DateTimeOffset turn) =>
        new($"{job}@{turn.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}");

    /// <summary>Reads the time of a turn from its id; <see langword="null"/> if the id is no turn's.</summary>
    public static DateTimeOffset? TurnOf(string job, JobId id) =>
        id.Value.StartsWith(job + "@", StringComparison.Ordinal)
        && DateTimeOffset.TryParseExact(
            id.Value.AsSpan(job.Length + 1),
            "yyyy-MM-dd'T'HH:mm:ss'Z'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out DateTimeOffset turn)
            ? turn
            : null;

    /// <summary>The latest turn of a schedule after one time and not after another; <see langword="null"/> if there is none.</summary>
    public static DateTimeOffset? LatestTurn(IJobSchedule schedule, DateTimeOffset after, DateTimeOffset notAfter)
    {
        for (TimeSpan window = TimeSpan.FromMinutes(1); ; window *= 4)
        {
            bool isWhole = notAfter - after <= window;
            DateTimeOffset? latest = null;
            DateTimeOffset? turn = schedule.Next(isWhole ? after : notAfter - window);
            while (turn <= notAfter)
            {
                latest = turn;
                turn = schedule.Next(turn.Value);
            }

            if (latest is not null || isWhole)
            {
                return latest;
            }
        }
    }

    public void Start() => Ended = Task.WhenAll(
        registry.All.Where(job => job.Options.Schedule is not null).Select(job => Task.Run(() => RunAsync(job, _stop.Token))).ToArray());

    public void Stop() => _stop.Cancel();

    private async Task RunAsync(JobRegistration job, CancellationToken stop)
    {
        try
        {
            IJobSchedule schedule = job.Options.Schedule!;
            DateTimeOffset position = Time.GetUtcNow();
            await UntilItIsDoneAsync(job, position, () => EnqueueMissedAsync(job, position, stop), stop).ConfigureAwait(false);
            while (schedule.Next(position) is { } turn)
            {
                await WaitUntilAsync(turn, stop).ConfigureAwait(false);
                DateTimeOffset now = Time.GetUtcNow();
                position = turn;
                if (LatestTurn(schedule, turn, now) is { } later)
                {
                    // This node was asleep, or its clock was moved.
                    position = later;
                    if (job.Options.MissedTurns == MissedTurns.Skip)
                    {
                        continue;
                    }
                }

                await UntilItIsDoneAsync(job, position, () => EnqueueAsync(job, position, stop), stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The application stops.
        }
    }

    // What the cluster missed while no node ran: known by the newest turn that there is. A job without one is new, and has missed nothing.
    private async Task EnqueueMissedAsync(JobRegistration job, DateTimeOffset now, CancellationToken stop)
    {
        if (job.Options.MissedTurns == MissedTurns.Skip)
        {
            return;
        }

        IReadOnlyList<JobStatus> newest = await engine.ListAsync(new JobQuery(Job: job.Name), stop).ConfigureAwait(false) ?? [];
        if (newest.Select(each => TurnOf(job.Name, each.Id)).Max() is { } last
            && LatestTurn(job.Options.Schedule!, last, now) is { } missed)
        {
            await EnqueueAsync(job, missed, stop).ConfigureAwait(false);
        }
    }

    private async Task EnqueueAsync(JobRegistration job, DateTimeOffset turn, CancellationToken stop)
    {
        var entry = new JobEntry(IdOf(job.Name, turn), job.Name, "{}", Time.GetUtcNow());
        if (await engine.EnqueueAsync(entry, null, stop).ConfigureAwait(false))
        {
            metrics.Enqueued(job.Name);
        }
    }

    private async Task UntilItIsDoneAsync(JobRegistration job, DateTimeOffset turn, Func<Task> work, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await work().ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                _logger.TurnNotEnqueued(job.Name, turn, RetryDelay.TotalSeconds, exception);
            }

            await Task.Delay(RetryDelay, Time, stop).ConfigureAwait(false);
        }
    }

    private async Task WaitUntilAsync(DateTimeOffset turn, CancellationToken stop)
    {
        while (turn - Time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait < LongestTimer ? wait : LongestTimer, Time, stop).ConfigureAwait(false);
        }
    }
}
