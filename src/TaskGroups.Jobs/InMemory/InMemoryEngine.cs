using System.Data.Common;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>
/// Keeps jobs in memory. A job that is due is a child of the background group, whose limit says how many run; so the drain lets those that
/// wait for a place run as long as its soft phase lasts.
/// </summary>
/// <remarks>
/// Thread-safe: one lock over the store, under which nothing else runs. A job that waits for its time when the drain begins is lost, and
/// reported.
/// </remarks>
internal sealed class InMemoryEngine(JobRegistry registry, JobNode node, ApplicationGroups application, ILogger<InMemoryEngine> logger)
    : IJobEngine
{
    // Longer waits are cut into pieces: a timer counts 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly InMemoryStore _store = new();
    private readonly ILogger _logger = new SafeLogger(logger);
    private JobRunner? _runner;   // null before the start: jobs wait
    private bool _isDraining;
    private bool _isClosed;       // once nothing runs during the drain: the group may have completed, and takes no more jobs
    private int _runs;            // those that the runner has
    private TaskCompletionSource? _noRuns; // from the beginning of the drain on

    public bool IsDurable => false;

    public IReadOnlyList<JobQueueLength> Queues
    {
        get
        {
            lock (_lock)
            {
                return _store.Measure(Now);
            }
        }
    }

    private DateTimeOffset Now => application.TimeProvider.GetUtcNow();

    public ValueTask<bool> EnqueueAsync(JobEntry entry, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (transaction is not null)
        {
            throw JobFaults.HasNoTransactions(entry.Name);
        }

        cancellationToken.ThrowIfCancellationRequested();
        InMemoryJob job;
        lock (_lock)
        {
            if (_isClosed)
            {
                throw JobFaults.HasShutDown(entry.Name);
            }

            DateTimeOffset now = Now;
            _store.Forget(now);
            if (_store.Find(entry.Id) is { } known)
            {
                return known.Entry.Name == entry.Name
                    ? ValueTask.FromResult(false)
                    : throw JobFaults.IdIsTaken(entry.Id, entry.Name, known.Entry.Name);
            }

            registry.TryFind(entry.Name, out JobRegistration? registration);
            DateTimeOffset due = entry.NotBefore is { } notBefore && notBefore > now ? notBefore : now;
            job = new InMemoryJob(entry, registration!.Options, due);
            _store.Add(job);
        }

        Schedule(job);
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> CancelAsync(JobId id, CancellationToken cancellationToken)
    {
        JobRun? run;
        lock (_lock)
        {
            if (_store.Find(id) is not { HasEnded: false } job)
            {
                return ValueTask.FromResult(false);
            }

            run = job.Run;
            if (job.State == JobState.Waiting)
            {
                job.Timer?.Dispose();
                job.Run = null;
                _store.SetEnded(job, JobState.Canceled, Now);
            }
        }

        run?.Cancel(JobEnd.Canceled);
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> RetryAsync(JobId id, CancellationToken cancellationToken)
    {
        InMemoryJob job;
        lock (_lock)
        {
            _store.Forget(Now);
            if (_store.Find(id) is not { State: JobState.Failed } failed)
            {
                return ValueTask.FromResult(false);
            }

            job = failed;
            job.Failures = 0;
            job.DueAt = Now;
            _store.SetWaiting(job);
        }

        Schedule(job);
        return ValueTask.FromResult(true);
    }

    public ValueTask<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _store.Forget(Now);
            return ValueTask.FromResult(_store.Find(id)?.ToStatus());
        }
    }

    public ValueTask<IReadOnlyList<JobStatus>?> ListAsync(JobQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _store.Forget(Now);
            return ValueTask.FromResult<IReadOnlyList<JobStatus>?>(_store.List(query));
        }
    }

    public Task StartAsync(JobRunner runner, CancellationToken cancellationToken)
    {
        List<InMemoryJob> waiting;
        lock (_lock)
        {
            _runner = runner;
            waiting = [.. _store.Waiting.OrderBy(job => job.DueAt)];
        }

        waiting.ForEach(Schedule);
        return Task.CompletedTask;
    }

    // What waits does not survive, so it is run while requests and the soft phase last.
    public Task StandByAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DrainAsync(CancellationToken hardPhase)
    {
        List<InMemoryJob> waiting;
        Task ended;
        lock (_lock)
        {
            _isDraining = true;
            waiting = [.. _store.Waiting.Where(job => job.Run is null)];
            _noRuns = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _isClosed = _runs == 0;
            ended = _isClosed ? Task.CompletedTask : _noRuns.Task;
        }

        waiting.ForEach(Lose);
        return ended;
    }

    /// <summary>Runs a waiting job if it is due; otherwise starts a timer.</summary>
    private void Schedule(InMemoryJob job)
    {
        JobRun? run = null;
        bool isLost = false;
        lock (_lock)
        {
            if (_runner is null || job.State != JobState.Waiting || job.Run is not null)
            {
                return;
            }

            job.Timer?.Dispose();
            job.Timer = null;
            TimeSpan wait = job.DueAt - Now;
            if (wait <= TimeSpan.Zero)
            {
                JobRun? begun = null;
                run = begun = new JobRun(job.Entry, job.Failures + 1, isRecovered: false, () => OnStarted(job, begun!));
                job.Run = run;
                _runs++;
            }
            else if (_isDraining)
            {
                isLost = true;
            }
            else
            {
                job.Timer = application.TimeProvider.CreateTimer(
                    _ => Schedule(job), null, wait < LongestTimer ? wait : LongestTimer, Timeout.InfiniteTimeSpan);
            }
        }

        if (run is not null)
        {
            _ = RunAsync(job, run);
        }
        else if (isLost)
        {
            Lose(job);
        }
    }

    private async Task RunAsync(InMemoryJob job, JobRun run)
    {
        JobRunEnd end = await _runner!.RunAsync(run).ConfigureAwait(false);
        bool isTriedAgain = false;
        lock (_lock)
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
            Schedule(job); // before this run is counted out: the drain waits for what follows
        }

        lock (_lock)
        {
            if (--_runs == 0 && _isDraining)
            {
                _isClosed = true;
                _noRuns!.TrySetResult();
            }
        }
    }

    private bool Store(InMemoryJob job, JobRun run, JobRunEnd end)
    {
        switch (end)
        {
            case { Outcome: JobRunOutcome.Failed, RetryAfter: { } wait }:
                job.Failures = run.Attempt;
                job.DueAt = Now + wait;
                _store.SetWaiting(job);
                return true;
            case { Outcome: JobRunOutcome.HandedBack or JobRunOutcome.Dropped }:
                _store.SetWaiting(job); // the process ends, and the job with it
                return false;
            default:
                _store.SetEnded(job, StateOf(end.Outcome), Now);
                return false;
        }
    }

    private void OnStarted(InMemoryJob job, JobRun run)
    {
        lock (_lock)
        {
            if (job.Run == run)
            {
                job.Attempt = run.Attempt;
                job.RunsOn = node.Name;
                _store.SetRunning(job, Now);
            }
        }
    }

    private void Lose(InMemoryJob job)
    {
        _logger.WaitingJobLost(job.Entry.Name, job.Entry.Id);
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
