namespace TaskGroups.Hosting;

/// <summary>Keeps the last groups that ended, those that failed or were canceled longer than those that succeeded.</summary>
/// <remarks>
/// Thread-safe. Nothing is recorded until the live page asks for it.
/// </remarks>
internal sealed class GroupHistory(TimeProvider? timeProvider = null)
{
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly Queue<EndedGroupView> _succeeded = new();
    private readonly Queue<EndedGroupView> _unsuccessful = new();
    private volatile int _size;
    private long _count;

    /// <summary>Whether groups are to be recorded.</summary>
    public bool IsRecording => _size > 0;

    /// <summary>How many groups have ended, those that the history has forgotten included.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Begins to record the last groups that end.</summary>
    /// <param name="size">How many; 0 records nothing.</param>
    public void Record(int size) => _size = Math.Max(_size, size);

    public void Add(EndedGroupView group)
    {
        lock (_lock)
        {
            _count++;
            (group.Outcome == "succeeded" ? _succeeded : _unsuccessful).Enqueue(group);
            while (_succeeded.Count + _unsuccessful.Count > _size)
            {
                // Half of the room is for groups that did not succeed; what the others leave free is theirs too.
                bool hasTooManySucceeded = _succeeded.Count > 0 && _unsuccessful.Count <= (_size + 1) / 2;
                (hasTooManySucceeded ? _succeeded : _unsuccessful).Dequeue();
            }
        }
    }

    public HistoryView Read()
    {
        lock (_lock)
        {
            return new HistoryView(
                _time.GetUtcNow(), [.. _succeeded.Concat(_unsuccessful).OrderByDescending(static group => group.EndedAt)], _count);
        }
    }
}
