namespace TaskGroups;

/// <summary>
/// The life of a group in one atomic word, who holds it open, how many children it has, what canceled it; and the source of its hard
/// signal.
/// </summary>
/// <remarks>
/// <para>The word has four parts, and every change of it is one interlocked step:</para>
/// <list type="table">
/// <listheader><term>Part</term><description>Meaning</description></listheader>
/// <item><term>holds</term><description>
/// What the join waits for: the body, each child, each nested group, and the telling of a cancellation. At 0 the group has completed, for
/// good.
/// </description></item>
/// <item><term>children</term><description>Children that run or wait for a slot; each of them has a hold as well.</description></item>
/// <item><term>cut short</term><description>The body or a child ended canceled, or work was refused while the group was ending
/// (R18).</description></item>
/// <item><term>reason</term><description>What canceled the group; set once.</description></item>
/// </list>
/// <para>Together they make the three states:</para>
/// <list type="table">
/// <listheader><term>State</term><description>holds, reason; what <see cref="TryEnter"/> answers; what comes
/// next</description></listheader>
/// <item><term>open</term><description>&gt; 0, None; <see cref="Entry.Taken"/>; ending or completed</description></item>
/// <item><term>ending</term><description>&gt; 0, a reason; <see cref="Entry.Ending"/>; completed</description></item>
/// <item><term>completed</term><description>0, None or a reason; <see cref="Entry.Completed"/>; nothing</description></item>
/// </list>
/// <para>
/// While the first part of a body runs, the word has a loan: holds for children that this part starts. It counts them by itself, without an
/// interlocked
/// step for each, and repays what it did not use in one step at its end. They leave like any other child.
/// </para>
/// <para>
/// The word lives apart from the group, in an object that is there anyway: threads on which children end write to it all the time, and
/// whoever starts
/// children need not wait for them.
/// </para>
/// <para>Since "is it completed" and "one more hold" are the same step, a child can never slip past a join (R2).</para>
/// </remarks>
internal sealed class GroupState : CancellationTokenSource
{
    private const long Hold = 1;
    private const long Holds = (1L << 29) - 1;
    private const long Child = 1L << 29;
    private const long Children = ((1L << 29) - 1) << 29;
    private const long WasCutShort = 1L << 58;
    private const int ReasonShift = 59;

    /// <summary>How many children the body's first part may start on loan.</summary>
    public const int MaxBorrowed = LoanSize / 4;

    // Far from both ends of the parts: whatever leaves while there is a loan, the word shows that there is one.
    private const int LoanSize = 1 << 27;
    private const long Loan = LoanSize * (Hold + Child);

    private long _word;

    private GroupState(long word) => _word = word;

    /// <summary>What <see cref="TryEnter"/> found.</summary>
    internal enum Entry
    {
        Taken,
        Ending,
        Completed,
    }

    /// <summary>A group that is open: its body holds it.</summary>
    public static GroupState Open => new(Hold);

    /// <summary>A group that is open and whose body begins now, with a loan.</summary>
    public static GroupState OpenWithLoan => new(Hold + Loan);

    public bool IsCompleted => (Volatile.Read(ref _word) & Holds) == 0;

    public bool IsEnding => Reason != CancellationReason.None;

    public bool IsCutShort => (Volatile.Read(ref _word) & WasCutShort) != 0;

    public CancellationReason Reason => (CancellationReason)(Volatile.Read(ref _word) >> ReasonShift);

    /// <summary>How many children there are, but for those that the body's first part counts, if it has a loan.</summary>
    public (int Count, bool HasLoan) CountChildren()
    {
        int count = (int)((Volatile.Read(ref _word) & Children) / Child);
        return count > LoanSize / 2 ? (count - LoanSize, true) : (count, false);
    }

    /// <summary>Takes a hold, and counts a child, if the group is open, or at least not completed.</summary>
    public Entry TryEnter(bool asChild, bool evenIfEnding = false)
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
                return Entry.Taken;
            }

            seen = before;
        }
    }

    /// <summary>Sets the reason, and takes a hold for telling it, if the group is open.</summary>
    public bool TryEnd(CancellationReason reason)
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

    /// <summary>Takes a hold to tell something to a group that may be ending, but not to one that has completed.</summary>
    public bool TryEnterToTell() => TryEnter(asChild: false, evenIfEnding: true) == Entry.Taken;

    /// <summary>Takes one more hold for somebody who has one already.</summary>
    public void EnterAgain() => Interlocked.Add(ref _word, Hold);

    /// <summary>Returns what was not used of the loan.</summary>
    public void Repay(int borrowed) => Interlocked.Add(ref _word, (borrowed * (Hold + Child)) - Loan);

    /// <summary>Notes that work was cut short. Only while the caller has a hold, or of a group that is ending.</summary>
    public void CutShort() => Interlocked.Or(ref _word, WasCutShort);

    /// <summary>Uncounts a child that keeps its hold.</summary>
    public void UncountChild() => Interlocked.Add(ref _word, -Child);

    /// <summary>Returns a hold.</summary>
    /// <returns><see langword="true"/> to the one caller whose hold was the last: the group has completed.</returns>
    public bool Leave() => (Interlocked.Add(ref _word, -Hold) & Holds) == 0;

    /// <summary>Returns the hold of a child, and uncounts it, in one step.</summary>
    /// <inheritdoc cref="Leave"/>
    public bool LeaveAsChild() => (Interlocked.Add(ref _word, -(Hold + Child)) & Holds) == 0;

    /// <summary>Completes a group that is open and held by its body alone; if it has a loan, the whole of it unused.</summary>
    public bool TryCompleteAlone(bool hasLoan)
    {
        long alone = hasLoan ? Hold + Loan : Hold;
        return Interlocked.CompareExchange(ref _word, 0, alone) == alone;
    }
}
