using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// The first part of a body, as long as it is on the stack of its thread: it starts children on loan (see <see cref="GroupState"/>).
/// </summary>
/// <remarks>
/// One object per thread and depth, used again and again. Only its thread writes to it but for <see cref="Close"/>, so starting a child
/// touches nothing
/// that the children's ends, on other threads, write to.
/// </remarks>
internal sealed class Opening
{
    [ThreadStatic]
    private static Opening? _here;

    private const long Loan = 1L << 32;

    private readonly Thread _thread = Thread.CurrentThread;
    private readonly Opening? _outer;
    private Opening? _inner;
    private TaskGroup? _group;
    // who is being invoked, and from bit 32 on who borrowed: one number, so that nobody sees a child in both or in neither
    private long _counts;
    private bool _invokes;
    private bool _isClosed;
    private CancellationToken _token;

    private Opening(Opening? outer) => _outer = outer;

    /// <summary>How many children the part counts: those that have not ended, and those that ended elsewhere.</summary>
    public int Borrowed
    {
        get
        {
            long counts = Volatile.Read(ref _counts);
            return (int)counts + (int)(counts >> 32);
        }
    }

    /// <summary>Whether a child of which nothing is kept begins on this stack.</summary>
    /// <remarks>The stack was looked at when the body began, so only children of children look again.</remarks>
    public bool Invokes => _invokes && ((int)_counts == 0 || RuntimeHelpers.TryEnsureSufficientExecutionStack());

    /// <summary>The group's token, kept here: to ask the group's state for it would fetch what the children's ends write to.</summary>
    public CancellationToken Token => _token;

    public static Opening Begin(TaskGroup group)
    {
        Opening here = _here ??= new Opening(null);
        if (here._group is not null)
        {
            here = here._inner ??= new Opening(here);
            _here = here;
        }

        here._counts = 0;
        here._invokes = group.Settings is { ChildStart: ChildStart.Inline, MaxConcurrency: null, TracksChildren: false, ChildLimit: null }
            && RuntimeHelpers.TryEnsureSufficientExecutionStack();
        here._isClosed = false;
        here._token = group.CancellationToken;
        Volatile.Write(ref here._group, group);
        return here;
    }

    /// <summary>Whether this is the opening of the group on this very stack, and its loan may be used.</summary>
    public bool IsHere(TaskGroup group) =>
        ReferenceEquals(_group, group) && !Volatile.Read(ref _isClosed) && ReferenceEquals(_thread, Thread.CurrentThread);

    public bool IsOf(TaskGroup group) => ReferenceEquals(Volatile.Read(ref _group), group);

    /// <summary>Counts a child that is about to be invoked here.</summary>
    public void Enter() => _counts++;

    /// <summary>Uncounts a child that ended at once: it has borrowed nothing.</summary>
    public void Leave() => _counts--;

    /// <summary>Lends to a child that was invoked here and runs on.</summary>
    public void Keep() => Lend(Loan - 1);

    /// <summary>Lends to a child that is not invoked here.</summary>
    public void Borrow() => Lend(Loan);

    /// <summary>Ends the loan of a group that is being canceled: from now on each start looks at the group's state.</summary>
    public void Close() => Volatile.Write(ref _isClosed, true);

    /// <summary>Ends the part. Its loan has been repaid.</summary>
    public void End()
    {
        Volatile.Write(ref _group, null);
        _token = default; // an unused opening roots nothing (R21)
        if (_outer is not null)
        {
            _here = _outer;
        }
    }

    private void Lend(long change)
    {
        _counts += change;
        if (_counts >> 32 == GroupState.MaxBorrowed)
        {
            Close(); // the loan is as good as used up: further children count themselves
        }
    }
}
