using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>
/// Counts the children that a body's synchronous part starts on its own thread, without interlocked operations.
/// </summary>
/// <remarks>
/// Biased reference counting (Choi, Shull and Torrellas, "Biased Reference Counting", PACT 2018; CPython's PEP 703): the thread that owns
/// the object counts for itself, all others count in a shared word, and the two are merged once. Here the owner is the thread of the body's
/// synchronous part, the shared word is <see cref="GroupState"/>, and the merge comes when that part ends. One object per thread and depth,
/// reused. Only its thread writes to it, but for <see cref="Close"/>.
/// </remarks>
internal sealed class BiasedChildCount
{
    [ThreadStatic]
    private static BiasedChildCount? _here;

    private const long Retained = 1L << 32;

    private readonly Thread _thread = Thread.CurrentThread;
    private readonly BiasedChildCount? _outer;
    private BiasedChildCount? _inner;
    private ITaskGroup? _group;

    // Children that are being invoked, and from bit 32 on those that go on: one number, so that a reader sees each child once.
    private long _counts;
    private bool _canInvoke;
    private bool _isClosed;
    private CancellationToken _token;

    private BiasedChildCount(BiasedChildCount? outer) => _outer = outer;

    /// <summary>The children that the part counts: those that have not ended, and those that ended on other threads.</summary>
    public int Count
    {
        get
        {
            long counts = Volatile.Read(ref _counts);
            return (int)counts + (int)(counts >> 32);
        }
    }

    /// <summary>Whether an untracked child is invoked on this stack.</summary>
    /// <remarks>The depth of the stack was checked when the body began, so only children of children check it again.</remarks>
    public bool CanInvoke => _canInvoke && ((int)_counts == 0 || RuntimeHelpers.TryEnsureSufficientExecutionStack());

    /// <summary>The group's token. Read from the group's state, it would share a cache line with what other threads write.</summary>
    public CancellationToken Token => _token;

    public static BiasedChildCount Begin(ITaskGroup group, GroupSettings settings, CancellationToken token)
    {
        BiasedChildCount here = _here ??= new BiasedChildCount(null);
        if (here._group is not null)
        {
            here = here._inner ??= new BiasedChildCount(here);
            _here = here;
        }

        here._counts = 0;
        here._canInvoke = settings is { ChildStart: ChildStart.Inline, IsLimited: false, TracksChildren: false, ChildLimit: null }
            && RuntimeHelpers.TryEnsureSufficientExecutionStack();
        here._isClosed = false;
        here._token = token;
        Volatile.Write(ref here._group, group);
        return here;
    }

    /// <summary>Whether the group's body runs on this stack, and children may be counted here.</summary>
    public bool CanAdd(ITaskGroup group) =>
        ReferenceEquals(_group, group) && !Volatile.Read(ref _isClosed) && ReferenceEquals(_thread, Thread.CurrentThread);

    public bool IsOf(ITaskGroup group) => ReferenceEquals(Volatile.Read(ref _group), group);

    /// <summary>Counts a child that is about to be invoked.</summary>
    public void BeginInvoke() => _counts++;

    /// <summary>Counts a child out that ended at once.</summary>
    public void EndInvoke() => _counts--;

    /// <summary>Counts an invoked child that goes on.</summary>
    public void Retain() => Change(Retained - 1);

    /// <summary>Counts a child that is not invoked by this call.</summary>
    public void Add() => Change(Retained);

    /// <summary>Ends the bias of a group that is being canceled: from now on each start reads the group's state.</summary>
    public void Close() => Volatile.Write(ref _isClosed, true);

    /// <summary>Ends the part. Its count has been merged.</summary>
    public void Exit()
    {
        Volatile.Write(ref _group, null);
        _token = default; // an unused object roots nothing (R21)
        if (_outer is not null)
        {
            _here = _outer;
        }
    }

    private void Change(long change)
    {
        _counts += change;
        if (_counts >> 32 == GroupState.MaxBiasedCount)
        {
            Close(); // the bias is nearly used up: further children count in the word
        }
    }
}
