namespace TaskGroups;

/// <summary>
/// What only few groups need, with the one lock that guards it: slots, what went wrong, who ended the group, the soft signal and the
/// timers.
/// </summary>
/// <remarks>
/// A group without limits that fails at nothing and is never canceled or stopped has none. No user code runs under the lock (R25).
/// </remarks>
internal sealed class ContingentState(GroupSettings settings)
{
    private readonly Lock _lock = new();
    private Failures? _failures;
    private CancellationTokenSource? _stopping;
    private bool _isStopped;
    private bool _isForsaken;
    private long _id;

    /// <summary>Identifies the group; given when first asked for.</summary>
    public long Id => Member.IdOf(ref _id);

    /// <summary>The places for running children, if they are bounded.</summary>
    public ConcurrencyLimiter? Limiter { get; } =
        settings.MaxConcurrency is { } size ? new ConcurrencyLimiter(size, settings.MaxWaiting) : null;

    /// <summary>The token that says who canceled the group: the caller's, the parent's, or else its own.</summary>
    public CancellationToken CallerToken { get; set; }

    /// <summary>Whether the parent canceled the group.</summary>
    public bool IsEndedByParent { get; set; }

    /// <summary>Whether the body ended early because the group was stopped.</summary>
    public bool HasObeyedStop { get; set; }

    /// <summary>
    /// Whether the first failure was reported as one that an await throws, and need not be awaited: it canceled no group, or the group was
    /// left.
    /// </summary>
    public bool IsFirstFailureUnseen { get; set; }

    /// <summary>When the group was canceled, as a timestamp of its clock; <see cref="GroupClock.Never"/> if it was not.</summary>
    public long EndedAt { get; set; } = GroupClock.Never;

    /// <summary>What the group throws if the timeout cut it short; made when the timeout fired, while the names were known.</summary>
    public TimeoutException? Timeout { get; set; }

    public ITimer? TimeoutTimer { get; set; }

    public ITimer? StragglerTimer { get; set; }

    /// <summary>The failures in order; <see langword="null"/> if there are none.</summary>
    public IReadOnlyList<Exception>? Failures
    {
        get
        {
            lock (_lock)
            {
                return _failures?.InOrder;
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

    /// <summary>The source of the soft signal, made when somebody first asks for it.</summary>
    public CancellationTokenSource Stopping
    {
        get
        {
            lock (_lock)
            {
                if (_stopping is null)
                {
                    _stopping = new CancellationTokenSource();
                    if (_isStopped)
                    {
                        _stopping.Cancel(); // nobody has its token yet: no callback can run here
                    }
                }

                return _stopping;
            }
        }
    }

    /// <summary>Marks the group as stopped.</summary>
    /// <returns>Whether this call did it, and the source to fire, if anybody has its token.</returns>
    public (bool IsFirst, CancellationTokenSource? Source) Stop()
    {
        lock (_lock)
        {
            bool first = !_isStopped;
            _isStopped = true;
            return (first, _stopping);
        }
    }

    /// <summary>Records failures before anybody is told of them (R15).</summary>
    /// <returns>The new ones, and whether the await of the group throws the first of them.</returns>
    public (IReadOnlyList<Exception> New, bool IsFirstThrown) Record(IEnumerable<Exception> failures)
    {
        lock (_lock)
        {
            _failures ??= new Failures();
            bool isFirstThrown = !_isForsaken && _failures.InOrder.Count == 0;
            return ([.. failures.Where(_failures.Add)], isFirstThrown);
        }
    }

    /// <summary>Says that no code will await the group.</summary>
    public void MarkUnobserved()
    {
        lock (_lock)
        {
            _isForsaken = true;
            IsFirstFailureUnseen |= _failures is not null; // later ones come out of Record
        }
    }

    /// <summary>Lets go of the failures, which the outcome of the group holds now (R21).</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _failures = null;
            Timeout = null;
        }
    }
}
