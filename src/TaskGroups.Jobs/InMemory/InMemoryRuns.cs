using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>
/// Runs the jobs in memory when they are due: as children of the background group, whose limit says how many run. So the drain lets those
/// that wait for a place run as long as its soft phase lasts.
/// </summary>
/// <remarks>
/// Thread-safe, by the lock of the store. A run holds the group from its beginning until what became of it is stored, and its next attempt
/// scheduled: the drain does not end between them.
/// </remarks>
internal sealed class InMemoryRuns(InMemoryStore store, JobNode node, TimeProvider time, ILogger logger)
{
    // Longer waits are cut into pieces: a timer counts 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private JobRunner? _runner;   // null before the start: jobs wait
    private bool _isDraining;     // from then on nothing waits for its time

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Lets the jobs that wait begin.</summary>
    public void Start(JobRunner runner)
    {
        List<InMemoryJob> waiting;
        lock (store.Lock)
        {
            _runner = runner;
            waiting = [.. store.Waiting.OrderBy(job => job.DueAt)];
        }

        waiting.ForEach(Schedule);
    }

    /// <summary>Gives up what waits for its time: the drain does not wait for it.</summary>
    public void BeginDrain()
    {
        List<InMemoryJob> waiting;
        lock (store.Lock)
        {
            _isDraining = true;
            waiting = [.. store.Waiting.Where(job => job.Run is null)];
            waiting.ForEach(job => job.IsLost = true);
        }

        waiting.ForEach(Lose);
    }

    /// <summary>Keeps the drain from ending while a job is taken; before the start there is nothing to keep.</summary>
    /// <exception cref="InvalidOperationException">The drain is over.</exception>
    public GroupHold Hold(string job)
    {
        JobRunner? runner = Volatile.Read(ref _runner);
        GroupHold hold = default;
        return runner?.TryHold(out hold) == false ? throw JobFaults.HasShutDown(job) : hold;
    }

    /// <summary>Runs a waiting job if it is due; otherwise starts a timer.</summary>
    public void Schedule(InMemoryJob job)
    {
        JobRun? run = null;
        lock (store.Lock)
        {
            if (_runner is null || job.State != JobState.Waiting || job.Run is not null || job.IsLost)
            {
                return;
            }

            job.Timer?.Dispose();
            job.Timer = null;
            TimeSpan wait = job.DueAt - Now;
            if (_isDraining && (wait > TimeSpan.Zero || _runner.Group.Node.CancellationToken.IsCancellationRequested))
            {
                job.IsLost = true;
            }
            else if (wait <= TimeSpan.Zero)
            {
                JobRun? begun = null;
                run = begun = new JobRun(job.Entry, job.Failures + 1, isRecovered: false, () => OnStarted(job, begun!));
                job.Run = run;
            }
            else
            {
                job.Timer = time.CreateTimer(
                    _ => Schedule(job), null, wait < LongestTimer ? wait : LongestTimer, Timeout.InfiniteTimeSpan);
            }
        }

        if (run is not null)
        {
            _ = RunAsync(job, run);
        }
        else if (job.IsLost)
        {
            Lose(job);
        }
    }

    private async Task RunAsync(InMemoryJob job, JobRun run)
    {
        // Where the drain is over, the runner begins nothing, and says so.
        _runner!.TryHold(out GroupHold hold);
        using GroupHold held = hold;
        JobRunEnd end = await _runner.RunAsync(run).ConfigureAwait(false);
        bool isTriedAgain = false;
        lock (store.Lock)
        {
            // Unless it was canceled while it waited for a place.
            if (job.Run == run)
            {
                job.Run = null;
                job.FailureType = end.FailureType ?? job.FailureType;
                isTriedAgain = Store(job, run, end);
            }
        }

        if (isTriedAgain)
        {
            Schedule(job);
        }
    }

    private bool Store(InMemoryJob job, JobRun run, JobRunEnd end)
    {
        switch (end)
        {
            case { Outcome: JobRunOutcome.Failed, RetryAfter: { } wait }:
                job.Failures = run.Attempt;
                job.DueAt = Now + wait;
                store.SetWaiting(job);
                return true;
            case { Outcome: JobRunOutcome.HandedBack or JobRunOutcome.Dropped }:
                store.SetWaiting(job); // the process ends, and the job with it
                return false;
            default:
                store.SetEnded(job, StateOf(end.Outcome), Now);
                return false;
        }
    }

    private void OnStarted(InMemoryJob job, JobRun run)
    {
        lock (store.Lock)
        {
            if (job.Run == run)
            {
                job.Attempt = run.Attempt;
                job.RunsOn = node.Name;
                store.SetRunning(job, Now);
            }
        }
    }

    private void Lose(InMemoryJob job)
    {
        job.Timer?.Dispose();
        logger.WaitingJobLost(job.Entry.Name, job.Entry.Id);
        _runner!.Group.Drain.Report(new UnfinishedChild(
            JobRunner.GroupName, job.Entry.Name, UnfinishedReason.NeverStarted, Now - job.Entry.EnqueuedAt, job.Entry.Id));
    }

    private static JobState StateOf(JobRunOutcome outcome) => outcome switch
    {
        JobRunOutcome.Succeeded => JobState.Succeeded,
        JobRunOutcome.Canceled => JobState.Canceled,
        _ => JobState.Failed,
    };
}
