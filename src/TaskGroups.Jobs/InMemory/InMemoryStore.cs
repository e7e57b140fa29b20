namespace TaskGroups.Jobs;

/// <summary>The jobs in memory, in the orders in which they are looked up. Not thread-safe: callers hold <see cref="Lock"/>.</summary>
internal sealed class InMemoryStore
{
    private readonly Dictionary<JobId, InMemoryJob> _byId = [];
    private readonly LinkedList<InMemoryJob> _byAge = []; // the oldest first
    private readonly Dictionary<string, Dictionary<JobId, InMemoryJob>> _waiting = new(StringComparer.Ordinal);
    private readonly PriorityQueue<InMemoryJob, DateTimeOffset> _ended = new();

    /// <summary>Guards the store and the jobs in it.</summary>
    public Lock Lock { get; } = new();

    public IEnumerable<InMemoryJob> Waiting => _waiting.Values.SelectMany(queue => queue.Values);

    public InMemoryJob? Find(JobId id) => _byId.GetValueOrDefault(id);

    public void Add(InMemoryJob job)
    {
        _byId.Add(job.Entry.Id, job);
        job.Node = _byAge.AddLast(job);
        SetWaiting(job);
    }

    /// <summary>Makes a job wait that ran or had ended.</summary>
    public void SetWaiting(InMemoryJob job)
    {
        job.State = JobState.Waiting;
        job.EndedAt = null;
        if (!_waiting.TryGetValue(job.Entry.Name, out Dictionary<JobId, InMemoryJob>? queue))
        {
            _waiting.Add(job.Entry.Name, queue = []);
        }

        queue[job.Entry.Id] = job;
    }

    public void SetRunning(InMemoryJob job, DateTimeOffset now)
    {
        _waiting[job.Entry.Name].Remove(job.Entry.Id);
        job.State = JobState.Running;
        job.StartedAt = now;
    }

    public void SetEnded(InMemoryJob job, JobState state, DateTimeOffset now)
    {
        if (job.State == JobState.Waiting)
        {
            _waiting[job.Entry.Name].Remove(job.Entry.Id);
        }

        job.State = state;
        job.EndedAt = now;
        _ended.Enqueue(job, job.KeptUntil!.Value);
    }

    /// <summary>Forgets the jobs that have ended long enough ago. One that was run again meanwhile stays.</summary>
    public void Forget(DateTimeOffset now)
    {
        while (_ended.TryPeek(out InMemoryJob? job, out DateTimeOffset until) && until <= now)
        {
            _ended.Dequeue();
            if (job.KeptUntil <= now && job.Node is { List: not null } node)
            {
                _byAge.Remove(node);
                _byId.Remove(job.Entry.Id);
            }
        }
    }

    public List<JobStatus>? List(JobQuery query)
    {
        LinkedListNode<InMemoryJob>? next = _byAge.Last;
        if (query.After is { } after)
        {
            if (Find(after) is not { } last)
            {
                return null;
            }

            next = last.Node!.Previous;
        }

        List<JobStatus> page = [];
        for (; next is not null && page.Count < JobQuery.PageSize; next = next.Previous)
        {
            InMemoryJob job = next.Value;
            if ((query.State ?? job.State) == job.State && (query.Job ?? job.Entry.Name) == job.Entry.Name)
            {
                page.Add(job.ToStatus());
            }
        }

        return page;
    }

    public List<JobQueueLength> Measure(DateTimeOffset now) =>
    [
        .. from queue in _waiting
           let due = queue.Value.Values.Where(job => job.DueAt <= now)
           select new JobQueueLength(
               queue.Key, queue.Value.Count, due.Any() ? due.Min(job => job.DueAt) : null),
    ];
}
