namespace TaskGroups;

/// <summary>The failure of a nested group.</summary>
internal sealed record NestedFailure(string Name, Exception Failure);

/// <summary>The failures of a group in the order in which they were recorded, each once (R10, R12).</summary>
/// <remarks>An instance exists only in a group that failed. It is not synchronized: <see cref="ContingentState"/> guards it.</remarks>
internal sealed class FailureList
{
    private readonly List<Exception> _failures = [];
    private readonly HashSet<object> _known = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyList<Exception> All => _failures;

    /// <summary>Adds a failure unless it is known: the body that awaits a failed child throws the same object (R12).</summary>
    public bool Add(Exception failure)
    {
        // A canceled task may make a new exception for each await: then the task is what tells them apart.
        if (!_known.Add((failure as TaskCanceledException)?.Task ?? (object)failure))
        {
            return false;
        }

        _failures.Add(failure);
        return true;
    }
}

/// <summary>
/// State that only few groups need, with the one lock that guards it: failures, what canceled the group, the soft signal, the timers.
/// </summary>
/// <remarks>
/// A group that fails at nothing, has no timeout and is never canceled or stopped has none. No user code runs under the lock (R25).
/// Properties with a plain setter are set once by the code that canceled the group, and read while that code has a hold, or after it
/// returned the hold.
/// </remarks>
internal sealed class ContingentState
{
    private readonly Lock _lock = new();
    private FailureList? _failures;
    private CancellationTokenSource? _stopping;
    private bool _isStopped;
    private bool _isUnobserved;
    private long _id;

    /// <summary>Identifies the group; given when first asked for.</summary>
    public long Id => ChildRecord.IdOf(ref _id);

    /// <summary>The token that says who canceled the group: the caller's, the parent's, or else its own.</summary>
    public CancellationToken CallerToken { get; set; }

    /// <summary>Whether the parent canceled the group.</summary>
    public bool IsCanceledByParent { get; set; }

    /// <summary>The child whose failure canceled the group; <see langword="null"/> for the body or another reason.</summary>
    public string? CanceledByChild { get; set; }

    /// <summary>Whether the body ended early because the group was stopped.</summary>
    public bool WasBodyStopped { get; set; }

    /// <summary>
    /// Whether the first failure was reported as one that an await throws, and need not be awaited: it canceled no group, or the group was
    /// left.
    /// </summary>
    public bool IsFirstFailureUnseen { get; set; }

    /// <summary>When the group was canceled, as a timestamp of its clock; <see cref="GroupClock.Never"/> if it was not.</summary>
    public long CanceledAt { get; set; } = GroupClock.Never;

    /// <summary>What the group throws if the timeout cut it short; made when the timeout fired, while the names were known.</summary>
    public TimeoutException? Timeout { get; set; }

    /// <summary>After how long the group times out; <see langword="null"/>: never. Set when the group opens.</summary>
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>Whether the time limit is a deadline that the group's caller set, not the timeout in its settings.</summary>
    public bool IsLimitCallers { get; set; }

    /// <summary>A group nested in this one that has failed; dropped when this one completes.</summary>
    public NestedFailure? NestedFailure { get; set; }

    public ITimer? TimeoutTimer { get; set; }

    public ITimer? StragglerTimer { get; set; }

    /// <summary>The failures in order; <see langword="null"/> if there are none.</summary>
    public IReadOnlyList<Exception>? Failures
    {
        get
        {
            lock (_lock)
            {
                return _failures is { All: [_, ..] failures } ? [.. failures] : null;
            }
        }
    }

    public bool IsStopped
    {
        get
        {
            lock (_lock)
            {
                return _isStopped;
            }
        }
    }

    /// <summary>The source of the soft signal, created on first use.</summary>
    public CancellationTokenSource GetOrCreateStopping()
    {
        lock (_lock)
        {
            if (_stopping is null)
            {
                _stopping = new CancellationTokenSource();
                if (_isStopped)
                {
                    _stopping.Cancel(); // its token is not known yet: no callback can run here
                }
            }

            return _stopping;
        }
    }

    /// <summary>Marks the group as stopped.</summary>
    /// <returns>Whether this call did it, and the source to fire, if its token is in use.</returns>
    public (bool IsFirst, CancellationTokenSource? Source) Stop()
    {
        lock (_lock)
        {
            bool first = !_isStopped;
            _isStopped = true;
            return (first, _stopping);
        }
    }

    /// <summary>Records failures before anything is canceled or reported (R15).</summary>
    /// <returns>The new ones, and whether the await of the group throws the first of them.</returns>
    public (IReadOnlyList<Exception> New, bool IsFirstThrown) Record(IEnumerable<Exception> failures)
    {
        lock (_lock)
        {
            _failures ??= new FailureList();
            bool isFirstThrown = !_isUnobserved && _failures.All.Count == 0;
            return ([.. failures.Where(_failures.Add)], isFirstThrown);
        }
    }

    /// <summary>Says that no code will await the group.</summary>
    public void MarkUnobserved()
    {
        lock (_lock)
        {
            _isUnobserved = true;
            IsFirstFailureUnseen |= _failures is { All.Count: > 0 }; // later ones come out of Record
        }
    }

    /// <summary>Ends the timers of a group that completes.</summary>
    public void DropTimers()
    {
        TimeoutTimer?.Dispose();
        StragglerTimer?.Dispose();
        TimeoutTimer = StragglerTimer = null;
    }

    /// <summary>Drops the failures, which the outcome of the group holds now (R21).</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _failures = null;
            Timeout = null;
        }
    }
}
