namespace TaskGroups;

/// <summary>
/// The live children and nested groups of a group (a ring of records), its parent, and its registration on the caller's token.
/// </summary>
/// <remarks>
/// Created on first need: a group that tracks no children, has no limit, is not nested and has no caller's token needs none. No user code
/// runs under the lock (R25).
/// </remarks>
internal sealed class ChildRegistry(TaskGroup? parent, ConcurrencyLimiter? limiter)
{
    private ChildRecord? _first; // of a ring: the one before it is the last
    private ContingentState? _contingent;

    public TaskGroup? Parent => parent;

    /// <summary>The slots for running children, if they are bounded.</summary>
    public ConcurrencyLimiter? Limiter => limiter;

    /// <summary>The record of a nested group in the registry of its parent.</summary>
    public ChildRecord? ParentEntry { get; set; }

    /// <summary>What a host opened the group for: the DI scope whose group this is. Dropped when the group completes (R21).</summary>
    public object? Owner { get; set; }

    /// <summary>The registration on the caller's token.</summary>
    public CancellationTokenRegistration CallerRegistration { get; set; }

    /// <summary>When the group was joined, as a timestamp of its clock; <see cref="GroupClock.Never"/> if it was not.</summary>
    public long CompletedAt { get; set; } = GroupClock.Never;

    /// <summary>State that few groups need; <see langword="null"/> while this one does not. Set once, under the lock.</summary>
    public ContingentState? Contingent => _contingent;

    private Lock Lock => StripedLocks.Of(this);

    public ContingentState GetOrCreateContingent()
    {
        if (_contingent is { } known)
        {
            return known;
        }

        lock (Lock)
        {
            return _contingent ??= new ContingentState();
        }
    }

    public void Add(ChildRecord record)
    {
        lock (Lock)
        {
            ChildRecord first = _first ??= record;
            ChildRecord last = first.Previous ?? record;
            record.Previous = last;
            record.Next = first;
            last.Next = record;
            first.Previous = record;
        }
    }

    public void Remove(ChildRecord record)
    {
        lock (Lock)
        {
            record.Previous!.Next = record.Next;
            record.Next!.Previous = record.Previous;
            if (_first == record)
            {
                _first = record.Next == record ? null : record.Next;
            }

            record.Previous = null;
            record.Next = null;
        }
    }

    /// <summary>Copies the records in the order in which they were added.</summary>
    /// <remarks>
    /// A child leaves the registry before its slot is passed on, so a copy never shows more running children than there are slots.
    /// </remarks>
    public List<ChildEntry> CopyEntries()
    {
        var entries = new List<ChildEntry>();
        lock (Lock)
        {
            for (ChildRecord? record = _first; record is not null; record = record.Next == _first ? null : record.Next)
            {
                entries.Add(record.Copy());
            }
        }

        return entries;
    }

    /// <summary>Finds the live child whose task has failed with this exception.</summary>
    public ChildEntry? FindFailed(Exception failure)
    {
        lock (Lock)
        {
            for (ChildRecord? record = _first; record is not null; record = record.Next == _first ? null : record.Next)
            {
                if (record.HasFailedWith(failure))
                {
                    return record.Copy();
                }
            }
        }

        return null;
    }

    /// <summary>Copies the nested groups in the order in which they were opened.</summary>
    public List<TaskGroup> GetNested()
    {
        var nested = new List<TaskGroup>();
        lock (Lock)
        {
            for (ChildRecord? record = _first; record is not null; record = record.Next == _first ? null : record.Next)
            {
                if (record.Nested is TaskGroup group)
                {
                    nested.Add(group);
                }
            }
        }

        return nested;
    }
}
