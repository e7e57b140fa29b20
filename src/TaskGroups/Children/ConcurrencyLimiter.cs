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

/// <summary>The places of a group with <see cref="TaskGroupOptions.MaxConcurrency"/>, and the children that wait for one (R26).</summary>
internal sealed class ConcurrencyLimiter(int size, int? maxWaiting)
{
    private readonly Lock _lock = new();
    private readonly Queue<IQueuedChild> _waiting = new();
    private int _taken;
    private TaskCompletionSource? _room;
    private bool _isClosed;

    public int Size => size;

    public int? MaxWaiting => maxWaiting;

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

    /// <summary>Takes a slot, or a place in the queue.</summary>
    public Admission TryAcquire(IQueuedChild child)
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

    /// <summary>Takes a child out of the queue whose starter has given up.</summary>
    /// <returns>The child; <see langword="null"/> if it does not wait, or not yet.</returns>
    public IQueuedChild? Remove(IOptionalWork work)
    {
        IQueuedChild? found = null;
        lock (_lock)
        {
            // Once round, so that the others keep their order.
            for (int left = _waiting.Count; left > 0; left--)
            {
                IQueuedChild child = _waiting.Dequeue();
                if (child.Optional == work)
                {
                    found = child;
                }
                else
                {
                    _waiting.Enqueue(child);
                }
            }
        }

        return found;
    }

    /// <summary>Gives a slot back, or hands it to the child that waits longest.</summary>
    /// <returns>The child that has the slot now and is to be started; <see langword="null"/> if nobody waits.</returns>
    public IQueuedChild? Release()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            if (_waiting.TryDequeue(out IQueuedChild? next))
            {
                return next;
            }

            _taken--;
            room = _room;
            _room = null;
        }

        room?.SetResult();
        return null;
    }

    /// <summary>Completes when a slot is free or the group is ending: how a combinator waits before it reads on in its source.</summary>
    /// <remarks>For one waiter at a time.</remarks>
    public Task WaitForCapacityAsync()
    {
        lock (_lock)
        {
            if (_taken < size || _isClosed)
            {
                return Task.CompletedTask;
            }

            // Not inline: the continuation reads the user's source, and a child's thread is not for that.
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Empties the queue of a group that is ending. Called again for children that came in at that moment.</summary>
    public IQueuedChild[] DrainQueue()
    {
        TaskCompletionSource? room;
        IQueuedChild[] dropped;
        lock (_lock)
        {
            _isClosed = true;
            room = _room;
            _room = null;
            dropped = [.. _waiting];
            _waiting.Clear();
        }

        room?.SetResult();
        return dropped;
    }
}
