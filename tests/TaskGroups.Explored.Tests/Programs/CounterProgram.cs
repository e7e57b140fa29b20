using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>Actors that count up together: the smallest program with a race, to test the explorer with.</summary>
internal sealed class CounterProgram(int actors, bool isSafe, bool isExpected = true) : IExploredProgram
{
    private long _count;

    public bool IsFine => true;

    public string Outcome => $"{_count}";

    public void Start(Explorer explorer)
    {
        for (int actor = 0; actor < actors; actor++)
        {
            explorer.Spawn($"actor {actor}", CountUp);
        }
    }

    public void Check()
    {
    }

    public void Verify()
    {
        if (isExpected && _count != actors)
        {
            throw new InvalidOperationException($"{actors} actors counted to {_count}.");
        }
    }

    public ulong Fingerprint() => (ulong)_count;

    private void CountUp()
    {
        if (isSafe)
        {
            Interlocked.Add(ref _count, 1);
            return;
        }

        long seen = _count;
        Explorer.Point("read", seen);
        _count = seen + 1;
    }
}
