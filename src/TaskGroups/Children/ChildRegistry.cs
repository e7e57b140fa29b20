namespace TaskGroups;

/// <summary>Who is on the trip, and what ties the group to the outside: the group that it is nested in, and the caller's token.</summary>
/// <remarks>
/// A group that tracks no children, is nested nowhere and has no caller's token needs none. No user code runs under a lock (R25).
/// </remarks>
internal sealed class ChildRegistry(TaskGroup? parent)
{
    private Member? _first; // of a ring: the one before it is the last
    private ContingentState? _contingent;

    public TaskGroup? Parent => parent;

    /// <summary>The line of a nested group in the roster of the outer one.</summary>
    public Member? ParentEntry { get; set; }

    /// <summary>What is registered on the caller's token.</summary>
    public CancellationTokenRegistration Caller { get; set; }

    /// <summary>What a host opened the group for: the DI scope whose group this is. Dropped when the group completes (R21).</summary>
    public object? Owner { get; set; }

    /// <summary>When the group was joined, as a timestamp of its clock; <see cref="GroupClock.Never"/> if it was not.</summary>
    public long CompletedAt { get; set; } = GroupClock.Never;

    /// <summary>What few groups need; <see langword="null"/> while this one does not. Set once, under the lock.</summary>
    public ContingentState? Contingent => _contingent;

    private Lock Lock => Locks.Of(this);

    public ContingentState GetOrCreateContingent(GroupSettings settings)
    {
        if (_contingent is { } known)
        {
            return known;
        }

        lock (Lock)
        {
            return _contingent ??= new ContingentState(settings);
        }
    }

    public void Add(Member member)
    {
        lock (Lock)
        {
            Member first = _first ??= member;
            Member last = first.Previous ?? member;
            member.Previous = last;
            member.Next = first;
            last.Next = member;
            first.Previous = member;
        }
    }

    public void Remove(Member member)
    {
        lock (Lock)
        {
            member.Previous!.Next = member.Next;
            member.Next!.Previous = member.Previous;
            if (_first == member)
            {
                _first = member.Next == member ? null : member.Next;
            }

            member.Previous = null;
            member.Next = null;
        }
    }

    /// <summary>Copies the lines in the order in which they came, with who waits for a slot at this moment.</summary>
    /// <remarks>
    /// A child leaves the roster before its slot goes on, so under the lock never more children run than there are slots.
    /// </remarks>
    public List<RosterLine> CopyEntries()
    {
        var lines = new List<RosterLine>();
        lock (Lock)
        {
            for (Member? member = _first; member is not null; member = member.Next == _first ? null : member.Next)
            {
                lines.Add(new RosterLine(member.Id, member.Name, member.Nested, member.Since, member.IsWaiting, member.HasBegun));
            }
        }

        return lines;
    }

    /// <summary>Copies the nested groups in the order in which they came.</summary>
    public List<TaskGroup> GetNested()
    {
        var nested = new List<TaskGroup>();
        lock (Lock)
        {
            for (Member? member = _first; member is not null; member = member.Next == _first ? null : member.Next)
            {
                if (member.Nested is { } group)
                {
                    nested.Add(group);
                }
            }
        }

        return nested;
    }
}
