namespace TaskGroups;

/// <summary>
/// The state of a group in one atomic word: its holds, its children, what canceled it, and whether work was cut short. Also the source of
/// the group's token.
/// </summary>
/// <remarks>
/// <para>The word has four parts, and every change of it is one interlocked step:</para>
/// <list type="table">
/// <listheader><term>Part</term><description>Meaning</description></listheader>
/// <item><term>holds</term><description>
/// What the join waits for: the body, each child, each nested group, and each walk that cancels or stops the group. At 0 the group has
/// completed, for good.
/// </description></item>
/// <item><term>children</term><description>Children that run or wait for a slot; each of them has a hold as well.</description></item>
/// <item><term>cut short</term><description>
/// The body or a child ended canceled, or work was refused while the group was ending (R18).
/// </description></item>
/// <item><term>reason</term><description>What canceled the group; set once.</description></item>
/// </list>
/// <para>Together they make the three states:</para>
/// <list type="table">
/// <listheader><term>State</term><description>Holds, reason; answer of <see cref="TryAdmit"/>; next state</description></listheader>
/// <item><term>open</term><description>&gt; 0, None; <see cref="Entry.Admitted"/>; ending or completed</description></item>
/// <item><term>ending</term><description>&gt; 0, a reason; <see cref="Entry.Ending"/>; completed</description></item>
/// <item><term>completed</term><description>0, None or a reason; <see cref="Entry.Completed"/>; none</description></item>
/// </list>
/// <para>
/// While a body's synchronous part runs, the word is biased: it has holds in advance for the children that this part starts, which
/// <see cref="BiasedChildCount"/> counts without interlocked steps. <see cref="Merge"/> replaces the bias by the number of those children.
/// </para>
/// <para>
/// The word is in the token source, not in <see cref="TaskGroup"/>, so that its cache line is not shared with fields that starters read.
/// Since "has it completed" and "one more hold" are the same step, a child cannot be started past the join (R2).
/// </para>
/// </remarks>
internal sealed class GroupState : CancellationTokenSource
{
    private const long Hold = 1;
    private const long Holds = (1L << 29) - 1;
    private const long Child = 1L << 29;
    private const long Children = ((1L << 29) - 1) << 29;
    private const long WasCutShort = 1L << 58;
    private const int ReasonShift = 59;

    /// <summary>How many children a body's synchronous part may count itself.</summary>
    public const int MaxBiasedCount = BiasSize / 4;

    // Far from both ends of the parts: the word shows that it is biased whatever is released meanwhile.
    private const int BiasSize = 1 << 27;
    private const long Bias = BiasSize * (Hold + Child);

    private long _word;

    private GroupState(long word) => _word = word;

    /// <summary>What <see cref="TryAdmit"/> found.</summary>
    internal enum Entry
    {
        Admitted,
        Ending,
        Completed,
    }

    /// <summary>A group that is open: its body holds it.</summary>
    public static GroupState Open => new(Hold);

    /// <summary>A group that is open and whose body begins now, with a bias.</summary>
    public static GroupState OpenBiased => new(Hold + Bias);

    public bool IsCompleted => (Volatile.Read(ref _word) & Holds) == 0;

    public bool IsEnding => Reason != CancellationReason.None;

    public bool IsCutShort => (Volatile.Read(ref _word) & WasCutShort) != 0;

    public CancellationReason Reason => (CancellationReason)(Volatile.Read(ref _word) >> ReasonShift);

    /// <summary>How many children there are; if the word is biased, without those that the body's synchronous part counts.</summary>
    public (int Count, bool IsBiased) CountChildren()
    {
        int count = (int)((Volatile.Read(ref _word) & Children) / Child);
        return count > BiasSize / 2 ? (count - BiasSize, true) : (count, false);
    }

    /// <summary>Takes a hold, and counts a child, if the group is open, or at least not completed.</summary>
    public Entry TryAdmit(bool asChild, bool evenIfEnding = false)
    {
        long seen = Volatile.Read(ref _word);
        while (true)
        {
            if ((seen & Holds) == 0)
            {
                return Entry.Completed;
            }

            if (seen >> ReasonShift != 0 && !evenIfEnding)
            {
                return Entry.Ending;
            }

            long before = Interlocked.CompareExchange(ref _word, seen + (asChild ? Hold + Child : Hold), seen);
            if (before == seen)
            {
                return Entry.Admitted;
            }

            seen = before;
        }
    }

    /// <summary>Sets the reason if the group is open, and takes a hold for the walk that cancels the tree.</summary>
    public bool TryCancel(CancellationReason reason)
    {
        long seen = Volatile.Read(ref _word);
        while ((seen & Holds) != 0 && seen >> ReasonShift == 0)
        {
            long before = Interlocked.CompareExchange(ref _word, (seen | ((long)reason << ReasonShift)) + Hold, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Takes a hold unless the group has completed.</summary>
    public bool TryHold() => TryAdmit(asChild: false, evenIfEnding: true) == Entry.Admitted;

    /// <summary>Takes one more hold. The caller has one already.</summary>
    public void AddHold() => Interlocked.Add(ref _word, Hold);

    /// <summary>Replaces the bias by the number of children that were counted beside the word.</summary>
    public void Merge(int count) => Interlocked.Add(ref _word, (count * (Hold + Child)) - Bias);

    /// <summary>Records that work was cut short. The caller has a hold, or the group is ending.</summary>
    public void MarkCutShort() => Interlocked.Or(ref _word, WasCutShort);

    /// <summary>Counts a child out that keeps its hold.</summary>
    public void ReleaseChildCount() => Interlocked.Add(ref _word, -Child);

    /// <summary>Returns a hold.</summary>
    /// <returns><see langword="true"/> to the one caller whose hold was the last: the group has completed.</returns>
    public bool Release() => (Interlocked.Add(ref _word, -Hold) & Holds) == 0;

    /// <summary>Returns the hold of a child, and counts it out, in one step.</summary>
    /// <inheritdoc cref="Release"/>
    public bool ReleaseChild() => (Interlocked.Add(ref _word, -(Hold + Child)) & Holds) == 0;

    /// <summary>Completes a group that is open and held by its body alone.</summary>
    public bool TryCompleteAlone(bool isBiased)
    {
        long alone = isBiased ? Hold + Bias : Hold;
        return Interlocked.CompareExchange(ref _word, 0, alone) == alone;
    }
}
