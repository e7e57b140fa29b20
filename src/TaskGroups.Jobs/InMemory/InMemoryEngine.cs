using System.Data.Common;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>Keeps jobs in memory, and answers for them. <see cref="InMemoryRuns"/> runs those that are due.</summary>
/// <remarks>
/// Thread-safe: one lock over the store, under which nothing else runs. During the drain jobs are taken until it is over: one that is due
/// runs, as long as the soft phase lasts; one that waits for its time, or comes later, is lost, and reported.
/// </remarks>
internal sealed class InMemoryEngine : IJobEngine
{
    private readonly JobRegistry _registry;
    private readonly TimeProvider _time;
    private readonly InMemoryStore _store = new();
    private readonly InMemoryRuns _runs;

    public InMemoryEngine(JobRegistry registry, JobNode node, ApplicationGroups application, ILogger<InMemoryEngine> logger)
    {
        _registry = registry;
        _time = application.TimeProvider;
        _runs = new InMemoryRuns(_store, node, _time, new SafeLogger(logger));
    }

    public bool IsDurable => false;

    public IReadOnlyList<JobQueueLength> Queues
    {
        get
        {
            lock (_store.Lock)
            {
                return _store.Measure(Now);
            }
        }
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    public ValueTask<bool> EnqueueAsync(JobEntry entry, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (transaction is not null)
        {
            throw JobFaults.HasNoTransactions(entry.Name);
        }

        cancellationToken.ThrowIfCancellationRequested();
        using GroupHold hold = _runs.Hold(entry.Name);
        InMemoryJob job;
        lock (_store.Lock)
        {
            DateTimeOffset now = Now;
            _store.Forget(now);
            if (_store.Find(entry.Id) is { } known)
            {
                return known.Entry.Name == entry.Name
                    ? ValueTask.FromResult(false)
                    : throw JobFaults.IdIsTaken(entry.Id, entry.Name, known.Entry.Name);
            }

            _registry.TryFind(entry.Name, out JobRegistration? registration);
            DateTimeOffset due = entry.NotBefore is { } notBefore && notBefore > now ? notBefore : now;
            job = new InMemoryJob(entry, registration!.Options, due);
            _store.Add(job);
        }

        _runs.Schedule(job);
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> CancelAsync(JobId id, CancellationToken cancellationToken)
    {
        JobRun? run;
        lock (_store.Lock)
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
        if (Find(id) is not { State: JobState.Failed, Entry.Name: { } name })
        {
            return ValueTask.FromResult(false);
        }

        using GroupHold hold = _runs.Hold(name);
        InMemoryJob job;
        lock (_store.Lock)
        {
            if (_store.Find(id) is not { State: JobState.Failed } failed)
            {
                return ValueTask.FromResult(false);
            }

            job = failed;
            job.Failures = 0;
            job.DueAt = Now;
            _store.SetWaiting(job);
        }

        _runs.Schedule(job);
        return ValueTask.FromResult(true);
    }

    public ValueTask<JobStatus?> FindAsync(JobId id, CancellationToken cancellationToken)
    {
        lock (_store.Lock)
        {
            return ValueTask.FromResult(Find(id)?.ToStatus());
        }
    }

    public ValueTask<IReadOnlyList<JobStatus>?> ListAsync(JobQuery query, CancellationToken cancellationToken)
    {
        lock (_store.Lock)
        {
            _store.Forget(Now);
            return ValueTask.FromResult<IReadOnlyList<JobStatus>?>(_store.List(query));
        }
    }

    public Task StartAsync(JobRunner runner, CancellationToken cancellationToken)
    {
        _runs.Start(runner);
        return Task.CompletedTask;
    }

    // What waits does not survive, so it is run while requests and the soft phase last.
    public Task StandByAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Runs are children of the group, which its drain waits for. Until the other groups are drained, their children may enqueue.
    public Task DrainAsync(Task producers, CancellationToken hardPhase)
    {
        _runs.BeginDrain();
        return producers;
    }

    private InMemoryJob? Find(JobId id)
    {
        lock (_store.Lock)
        {
            _store.Forget(Now);
            return _store.Find(id);
        }
    }
}
