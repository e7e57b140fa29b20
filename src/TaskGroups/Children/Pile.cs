namespace TaskGroups;

/// <summary>
/// One thread's unused objects of one kind: two small piles, and behind them a bounded depot of full piles for all threads.
/// </summary>
/// <remarks>
/// Children are started on one thread and end on another, so piles per thread alone would run dry here and overflow there. Two piles keep a
/// thread that
/// alternates at the edge of one from going to the depot each time. What the depot has no room for is left to the garbage collector.
/// </remarks>
internal sealed class Pile(Depot depot)
{
    public const int Size = 32;

    private Piled? _top;
    private Piled? _spare; // at most one pile that is full
    private int _count;

    /// <summary>Takes an unused object, if there is one.</summary>
    public Piled? Take()
    {
        Piled? top = _top ?? Refill();
        if (top is null)
        {
            return null;
        }

        _top = (Piled?)top.Link;
        _count--;
        return top;
    }

    /// <summary>Takes back an object that nobody uses any more and that roots nothing (R21).</summary>
    public void Put(Piled unused)
    {
        if (_count == Size)
        {
            PutAside();
        }

        unused.Link = _top;
        _top = unused;
        _count++;
    }

    private Piled? Refill()
    {
        Piled? full = _spare ?? depot.Take();
        _spare = null;
        _count = full is null ? 0 : Size;
        return full;
    }

    private void PutAside()
    {
        if (_spare is { } full)
        {
            depot.Put(full);
        }

        _spare = _top;
        _top = null;
        _count = 0;
    }
}
