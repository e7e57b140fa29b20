namespace TaskGroups;

/// <summary>Keeps unused watches: two small piles per thread, and a bounded depot for full piles between threads.</summary>
/// <remarks>
/// Children are started on one thread and end on another, so piles per thread alone would run dry here and overflow there. Two piles keep a thread that
/// alternates at the edge of one from going to the depot each time. What the depot has no room for is left to the garbage collector.
/// </remarks>
internal static class WatchPool
{
    private const int PileSize = 32;
    private const int DepotSize = 320; // piles: as many watches as ten thousand live children need, about 1 MB

    private static readonly Lock DepotLock = new();
    private static readonly Stack<Watch> Depot = new();

    [ThreadStatic]
    private static Piles? _piles;

    public static Watch Rent()
    {
        Piles piles = _piles ??= new Piles();
        Watch? top = piles.Top ?? Refill(piles);
        if (top is null)
        {
            return new Watch();
        }

        piles.Top = top.Next;
        piles.Count--;
        return top;
    }

    public static void Return(Watch watch)
    {
        Piles piles = _piles ??= new Piles();
        if (piles.Count == PileSize)
        {
            PutAside(piles);
        }

        watch.Next = piles.Top;
        piles.Top = watch;
        piles.Count++;
    }

    private static Watch? Refill(Piles piles)
    {
        Watch? full = piles.Spare;
        piles.Spare = null;
        if (full is null && Depot.Count > 0) // a glance without the lock: wrong at times, and then only a new watch or a lock more
        {
            lock (DepotLock)
            {
                Depot.TryPop(out full);
            }
        }

        piles.Count = full is null ? 0 : PileSize;
        return full;
    }

    private static void PutAside(Piles piles)
    {
        if (piles.Spare is { } full)
        {
            lock (DepotLock)
            {
                if (Depot.Count < DepotSize)
                {
                    Depot.Push(full);
                }
            }
        }

        piles.Spare = piles.Top;
        piles.Top = null;
        piles.Count = 0;
    }

    /// <summary>The piles of one thread: the one in use, and at most one that is full.</summary>
    private sealed class Piles
    {
        public Watch? Top;
        public Watch? Spare;
        public int Count;
    }
}
