namespace TaskGroups;

/// <summary>Bounds the children of many groups together (R40). Thread-safe.</summary>
/// <param name="size">How many children may run or wait at the same time; at least 1.</param>
/// <param name="setting">The setting that says so, for the message of a refusal.</param>
internal sealed class SharedChildLimit(int size, string setting)
{
    private long _count;

    public int Size => size;

    public string Setting => setting;

    /// <summary>How many children have not ended.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Counts a child in, unless there is no room.</summary>
    public bool TryEnter()
    {
        long seen = Volatile.Read(ref _count);
        while (seen < size)
        {
            long found = Interlocked.CompareExchange(ref _count, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Counts a child out that was counted in.</summary>
    public void Leave() => Interlocked.Add(ref _count, -1);
}
