namespace TaskGroups;

/// <summary>
/// Keeps full piles of unused objects between threads, up to as many objects as ten thousand live children need: about 1 MB.
/// </summary>
internal sealed class Depot
{
    private const int MaxPiles = 10_240 / Pile.Size;

    private readonly Lock _lock = new();
    private readonly Stack<Piled> _piles = new();

    /// <summary>Takes a pile, if there is one.</summary>
    public Piled? Take()
    {
        if (_piles.Count == 0) // a glance without the lock: wrong at times, and then only a new object or a lock more
        {
            return null;
        }

        lock (_lock)
        {
            _piles.TryPop(out Piled? pile);
            return pile;
        }
    }

    /// <summary>Takes in a pile, or drops it if there is no room.</summary>
    public void Put(Piled pile)
    {
        lock (_lock)
        {
            if (_piles.Count < MaxPiles)
            {
                _piles.Push(pile);
            }
        }
    }
}
