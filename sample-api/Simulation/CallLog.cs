namespace SampleApi;

/// <summary>Remembers the last 200 calls of the simulated services. Thread-safe.</summary>
internal sealed class CallLog
{
    private const int Capacity = 200;

    private readonly Lock _lock = new();
    private readonly Queue<UpstreamCallRecord> _calls = new(Capacity);

    public void Add(UpstreamCallRecord call)
    {
        lock (_lock)
        {
            if (_calls.Count == Capacity)
            {
                _calls.Dequeue();
            }

            _calls.Enqueue(call);
        }
    }

    /// <summary>The calls in the order in which they ended.</summary>
    public UpstreamCallRecord[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _calls];
        }
    }
}
