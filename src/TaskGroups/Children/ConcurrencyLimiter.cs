namespace TaskGroups;

/// <summary>The limiter's answer to a child that asks for a slot.</summary>
internal enum Admission
{
    /// <summary>The child has a slot.</summary>
    Admitted,

    /// <summary>The child waits for a slot.</summary>
    Queued,

    /// <summary>No slot and no place in the queue is free.</summary>
    Rejected,
}

/// <summary>A child that takes a slot of a <see cref="ConcurrencyLimiter"/>, or waits for one.</summary>
internal interface ILimitedChild
{
    /// <summary>The group of the child: several may share a limiter.</summary>
    object Group { get; }

    /// <summary>Whether that group has been canceled.</summary>
    bool IsGroupEnding { get; }

    /// <summary>The work of a child whose failure does not fail the group; <see langword="null"/> for others.</summary>
    IOptionalWork? Optional { get; }

    /// <summary>Queues the child, which has its slot, for a thread of the pool.</summary>
    void Enqueue();

    /// <summary>Ends a child whose group was canceled before its delegate was invoked (R4).</summary>
    void CancelBeforeStart(bool hasSlot);

    /// <summary>Undoes the registration of a child that finds no place in the queue, or whose start was abandoned.</summary>
    void Reject();
}

/// <summary>
/// The slots of <see cref="TaskGroupOptions.MaxConcurrency"/>, and the queue of children that wait for one, first in, first out (R26).
/// </summary>
/// <remarks>
/// A limiter belongs to one group, or is shared by the groups that a host opens one after the other: then a slot that a child of one group
/// returns goes to the next child in the queue, whatever its group.
/// </remarks>
internal sealed class ConcurrencyLimiter(int size, int? maxWaiting, bool isShared = false)
{
    private readonly Lock _lock = new();
    private readonly Queue<ILimitedChild> _waiting = new();
    private int _taken;
    private long _moves;    // how often a slot was returned or passed on
    private TaskCompletionSource? _capacity;
    private bool _isClosed;

    public int Size => size;

    public int? MaxWaiting => maxWaiting;

    public bool IsShared => isShared;

    /// <summary>How many slots are taken, and how many children wait for one.</summary>
    public (int Running, int Waiting) Counts
    {
        get
        {
            lock (_lock)
            {
                return (_taken, _waiting.Count);
            }
        }
    }

    /// <summary>Whether a child has waited for a slot, and the host knows it. Threads that come at once may tell it twice.</summary>
    public bool HasWaited { get; set; }

    /// <summary>
    /// The group of the child that has waited longest, and how often a slot was returned or passed on; <see langword="null"/> while no
    /// child waits.
    /// </summary>
    public (object Group, long Moves)? Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.TryPeek(out ILimitedChild? first) ? (first.Group, _moves) : null;
            }
        }
    }

    /// <summary>How many children of one group wait for a slot.</summary>
    public int CountWaiting(object group)
    {
        lock (_lock)
        {
            return _waiting.Count(child => child.Group == group);
        }
    }

    /// <summary>Takes a slot, or a place in the queue.</summary>
    public Admission TryAcquire(ILimitedChild child)
    {
        lock (_lock)
        {
            if (_taken < size)
            {
                _taken++;
                return Admission.Admitted;
            }

            if (_waiting.Count >= maxWaiting)
            {
                return Admission.Rejected;
            }

            _waiting.Enqueue(child);
            return Admission.Queued;
        }
    }

    /// <summary>Takes a child whose start was abandoned out of the queue.</summary>
    /// <returns>The child; <see langword="null"/> if it does not wait, or not yet.</returns>
    public ILimitedChild? Remove(IOptionalWork work)
    {
        lock (_lock)
        {
            return Take(child => child.Optional == work) is [var found] ? found : null;
        }
    }

    /// <summary>Returns a slot, or passes it on to the child that has waited longest.</summary>
    /// <returns>The child that has the slot now and is to be enqueued; <see langword="null"/> if none waits.</returns>
    public ILimitedChild? Release()
    {
        TaskCompletionSource? capacity;
        lock (_lock)
        {
            _moves++;
            if (_waiting.TryDequeue(out ILimitedChild? next))
            {
                return next;
            }

            _taken--;
            capacity = _capacity;
            _capacity = null;
        }

        capacity?.SetResult();
        return null;
    }

    /// <summary>Completes when a slot is free or the group is ending. A combinator waits for it before it reads on in its source.</summary>
    /// <remarks>For one waiter at a time.</remarks>
    public Task WaitForCapacityAsync()
    {
        lock (_lock)
        {
            if (_taken < size || _isClosed)
            {
                return Task.CompletedTask;
            }

            // Not inline: the continuation reads the user's source, which must not block the end of a child.
            _capacity = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _capacity.Task;
        }
    }

    /// <summary>Takes the children of a group that is ending out of the queue. Called again for those that were added meanwhile.</summary>
    public IReadOnlyList<ILimitedChild> DrainQueue(object group)
    {
        TaskCompletionSource? capacity = null;
        List<ILimitedChild> drained;
        lock (_lock)
        {
            if (!isShared)
            {
                _isClosed = true;
                capacity = _capacity;
                _capacity = null;
            }

            // Of a shared queue everything that is ending at once: groups that end together must not each go round the whole of it.
            drained = Take(child => child.Group == group || (isShared && child.IsGroupEnding));
        }

        capacity?.SetResult();
        return drained;
    }

    // Once round the queue, so that the others keep their order. Needs the lock.
    private List<ILimitedChild> Take(Func<ILimitedChild, bool> matches)
    {
        List<ILimitedChild> taken = [];
        for (int left = _waiting.Count; left > 0; left--)
        {
            ILimitedChild child = _waiting.Dequeue();
            if (matches(child))
            {
                taken.Add(child);
            }
            else
            {
                _waiting.Enqueue(child);
            }
        }

        return taken;
    }
}
