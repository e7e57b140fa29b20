namespace TaskGroups.Hosting;

/// <summary>The work that waits for room in one background group, first come first served.</summary>
/// <remarks>
/// One caller at a time starts what fits, outside the lock; others that find room meanwhile make it look again. While work waits here, no
/// other caller may start a child, or it would overtake.
/// </remarks>
internal sealed class EnqueuedWork
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _waiting = new();
    private bool _isClosed;
    private int _looks;     // how often a caller has asked for a look; not 0 while one looks

    /// <summary>What becomes of one piece of work. Work that was started stays in <see cref="Starting"/>.</summary>
    private enum Stage
    {
        Waiting,
        Starting,
        Left,
    }

    /// <summary>Whether no work waits. Without the lock: every child that starts and ends asks.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Adds work, which is started as soon as there is room.</summary>
    /// <param name="tryStart">Starts the work if there is room.</param>
    /// <param name="refusal">What the wait ends with if the group closes first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes when the work has been started.</returns>
    public async ValueTask AddAsync(Func<bool> tryStart, Func<Exception> refusal, CancellationToken cancellationToken)
    {
        var entry = new Entry(tryStart, refusal, cancellationToken);
        lock (_lock)
        {
            if (_isClosed)
            {
                throw refusal();
            }

            entry.Node = _waiting.AddLast(entry);
        }

        Look();
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static it =>
            {
                var (self, entry) = ((EnqueuedWork, Entry))it!;
                self.LeaveIfOver(entry);
            },
            (this, entry));
        await using (registration.ConfigureAwait(false))
        {
            await entry.Accepted.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Starts the work for which there is room.</summary>
    /// <remarks>
    /// Work that is added looks for room afterwards, under the lock of the limiter. So if that look found none, a child that makes room
    /// later sees the work.
    /// </remarks>
    public void Look()
    {
        if (IsEmpty)
        {
            return;
        }

        if (Interlocked.Increment(ref _looks) != 1)
        {
            return; // the caller that looks now looks again
        }

        int seen;
        do
        {
            seen = Volatile.Read(ref _looks);
            while (First() is { } entry && TryStart(entry))
            {
            }
        }
        while (Interlocked.Add(ref _looks, -seen) != 0);
    }

    /// <summary>Refuses the work that waits, and any other.</summary>
    public void Close()
    {
        List<Entry> refused;
        lock (_lock)
        {
            _isClosed = true;
            refused = [.. _waiting];
        }

        foreach (Entry entry in refused)
        {
            LeaveIfOver(entry);
        }
    }

    private Entry? First()
    {
        lock (_lock)
        {
            return _waiting.First?.Value;
        }
    }

    // Whether the entry is gone, so that the next one can be tried.
    private bool TryStart(Entry entry)
    {
        if (!entry.TryMove(Stage.Waiting, Stage.Starting))
        {
            Remove(entry); // its wait ends at this moment
            return true;
        }

        try
        {
            if (!entry.TryStart())
            {
                // Its wait may have ended meanwhile, when nothing could be done about it.
                entry.TryMove(Stage.Starting, Stage.Waiting);
                return LeaveIfOver(entry);
            }
        }
        catch (Exception exception)
        {
            Remove(entry);
            entry.Accepted.SetException(exception);
            return true;
        }

        Remove(entry);
        entry.Accepted.SetResult();
        return true;
    }

    // Ends the wait of an entry that is not being started, if its token has fired or the group has closed.
    private bool LeaveIfOver(Entry entry)
    {
        bool isCanceled = entry.Token.IsCancellationRequested;
        if ((!isCanceled && !Volatile.Read(ref _isClosed)) || !entry.TryMove(Stage.Waiting, Stage.Left))
        {
            return false;
        }

        Remove(entry);
        if (isCanceled)
        {
            entry.Accepted.SetCanceled(entry.Token);
        }
        else
        {
            entry.Accepted.SetException(entry.Refusal());
        }

        return true;
    }

    private void Remove(Entry entry)
    {
        lock (_lock)
        {
            if (entry.Node is { List: not null } node)
            {
                _waiting.Remove(node);
            }
        }
    }

    /// <summary>One piece of work.</summary>
    private sealed class Entry(Func<bool> tryStart, Func<Exception> refusal, CancellationToken token)
    {
        private int _stage;

        public LinkedListNode<Entry>? Node { get; set; }

        public Func<bool> TryStart => tryStart;

        public Func<Exception> Refusal => refusal;

        public CancellationToken Token => token;

        // Not inline: what the caller does next is no matter of the child that made room.
        public TaskCompletionSource Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool TryMove(Stage from, Stage to) => Interlocked.CompareExchange(ref _stage, (int)to, (int)from) == (int)from;
    }
}
