namespace TaskGroups;

/// <summary>An object that an <see cref="ObjectPool"/> keeps while it is unused.</summary>
internal abstract class PooledObject
{
    /// <summary>The next object in a magazine; free for other use while the object is in use.</summary>
    public PooledObject? Link { get; set; }
}

/// <summary>
/// One thread's unused objects of one kind: two magazines, and behind them a bounded depot of full magazines for all threads.
/// </summary>
/// <remarks>
/// The allocator of Bonwick and Adams, "Magazines and Vmem" (USENIX 2001). Children are started on one thread and end on another, so
/// magazines alone would run dry on the first thread and overflow on the second. The second magazine keeps a thread that alternates at the
/// edge of one from going to the depot each time. The depot drops a magazine for which it has no room.
/// </remarks>
internal sealed class ObjectPool(ObjectPool.Depot depot)
{
    /// <summary>How many objects a magazine holds.</summary>
    public const int MagazineSize = 32;

    private PooledObject? _loaded; // a magazine is the list of its objects
    private PooledObject? _previous; // empty or full
    private int _count; // of the loaded magazine

    /// <summary>Takes an unused object, if there is one.</summary>
    public PooledObject? TryRent()
    {
        PooledObject? top = _loaded ?? Reload();
        if (top is null)
        {
            return null;
        }

        _loaded = top.Link;
        _count--;
        return top;
    }

    /// <summary>Takes back an object that is not used any more and that roots nothing (R21).</summary>
    public void Return(PooledObject unused)
    {
        if (_count == MagazineSize)
        {
            Unload();
        }

        unused.Link = _loaded;
        _loaded = unused;
        _count++;
    }

    private PooledObject? Reload()
    {
        PooledObject? full = _previous ?? depot.TryTake();
        _previous = null;
        _count = full is null ? 0 : MagazineSize;
        return full;
    }

    private void Unload()
    {
        if (_previous is { } full)
        {
            depot.Put(full);
        }

        _previous = _loaded;
        _loaded = null;
        _count = 0;
    }

    /// <summary>Full magazines of all threads, for as many objects as ten thousand live children need: at most about 2 MB.</summary>
    internal sealed class Depot
    {
        private const int MaxMagazines = 10_240 / MagazineSize;

        private readonly Lock _lock = new();
        private readonly Stack<PooledObject> _full = new();

        public PooledObject? TryTake()
        {
            // A look without the lock may be wrong: then an object is allocated, or the lock taken for nothing.
            if (_full.Count == 0)
            {
                return null;
            }

            lock (_lock)
            {
                _full.TryPop(out PooledObject? magazine);
                return magazine;
            }
        }

        public void Put(PooledObject magazine)
        {
            lock (_lock)
            {
                if (_full.Count < MaxMagazines)
                {
                    _full.Push(magazine);
                }
            }
        }
    }
}
