using System.Runtime.CompilerServices;

namespace TaskGroups;

/// <summary>The first part of a body, as long as it is on the stack of its thread: it starts children on loan (see <see cref="GroupState"/>).</summary>
/// <remarks>
/// One object per thread and depth, used again and again. Only its thread writes to it but for <see cref="Close"/>, so starting a child touches nothing
/// that the children's ends, on other threads, write to.
/// </remarks>
internal sealed class Opening
{
    [ThreadStatic]
    private static Opening? _here;

    private readonly Opening? _outer;
    private Opening? _inner;
    private TaskGroup? _group;
    private int _borrowed;
    private int _nesting;
    private bool _hasStack;
    private bool _isClosed;
    private CancellationToken _token;

    private Opening(Opening? outer) => _outer = outer;

    /// <summary>How many children the part counts: those that have not ended, and those that ended elsewhere.</summary>
    public int Borrowed => Volatile.Read(ref _borrowed);

    /// <summary>Whether a child can begin on this stack: it was looked at when the body began, so only children of children look again.</summary>
    public bool HasStack => (_nesting == 0 && _hasStack) || RuntimeHelpers.TryEnsureSufficientExecutionStack();

    /// <summary>The group's token, kept here: to ask the group's state for it would fetch what the children's ends write to.</summary>
    public CancellationToken Token => _token;

    public static Opening Begin(TaskGroup group)
    {
        Opening? here = _here;
        if (here is null)
        {
            here = new Opening(null);
        }
        else if (here._group is not null)
        {
            here = here._inner ??= new Opening(here);
        }

        here._borrowed = 0;
        here._nesting = 0;
        here._hasStack = RuntimeHelpers.TryEnsureSufficientExecutionStack();
        here._isClosed = false;
        here._token = group.CancellationToken;
        Volatile.Write(ref here._group, group);
        _here = here;
        return here;
    }

    /// <summary>The opening of the group on this very stack, if its loan may be used.</summary>
    public static Opening? Of(TaskGroup group) =>
        _here is { } here && ReferenceEquals(here._group, group) && !Volatile.Read(ref here._isClosed) ? here : null;

    public bool IsOf(TaskGroup group) => ReferenceEquals(Volatile.Read(ref _group), group);

    public void Borrow()
    {
        _borrowed++;
        if (_borrowed == GroupState.MaxBorrowed)
        {
            Close(); // the loan is as good as used up: further children count themselves. Too many for a test
        }
    }

    public void Return() => _borrowed--;

    public void Enter() => _nesting++;

    public void Leave() => _nesting--;

    /// <summary>Ends the loan of a group that is being canceled: from now on each start looks at the group's state.</summary>
    public void Close() => Volatile.Write(ref _isClosed, true);

    /// <summary>Ends the part. Its loan has been repaid.</summary>
    public void End()
    {
        Volatile.Write(ref _group, null);
        _token = default; // an unused opening roots nothing (R21)
        _here = _outer ?? this;
    }
}
