namespace TaskGroups;

/// <summary>Configures a group. Options are read when the group opens; changing them later changes nothing.</summary>
/// <remarks>
/// Not thread-safe while it is being changed; safe to share between groups afterwards. A nested group inherits what it does not
/// set itself: <see cref="ChildStart"/>, <see cref="TrackChildren"/>, <see cref="StragglerAfter"/>, <see cref="TimeProvider"/>. An
/// <see cref="Observer"/> is inherited in any case.
/// </remarks>
public sealed class TaskGroupOptions
{
    private TimeSpan? _stragglerAfter;
    private TimeProvider? _timeProvider;

    /// <summary>Names the group in messages, reports and snapshots.</summary>
    /// <value>
    /// Shown with at most 128 characters, control and bidirectional formatting characters removed; one with <c>=&gt;</c> or a double quote
    /// counts as source text, as the name of a child does. The default is the name of the member that opens the group.
    /// </value>
    public string? Name { get; set; }

    /// <summary>Cancels the group when it runs out, counted from the moment the group opens.</summary>
    /// <value>
    /// <see langword="null"/> (the default) and <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: none. <see cref="TimeSpan.Zero"/>:
    /// the body is
    /// not invoked. At most 4,294,967,294 milliseconds (about 49.7 days).
    /// </value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Bounds the children that run at the same time. Children over it wait, first come first served.</summary>
    /// <value>At least 1; <see langword="null"/> (the default): no limit. The body and nested groups take no slot.</value>
    public int? MaxConcurrency { get; set; }

    /// <summary>Bounds the children that wait for a slot of <see cref="MaxConcurrency"/>.</summary>
    /// <value>
    /// At least 0; <see langword="null"/> (the default): no limit. Only together with <see cref="MaxConcurrency"/>. Over the bound
    /// <see cref="ITaskGroup.Run(Func{CancellationToken, Task}, string?)"/> throws <see cref="TaskGroupFullException"/>.
    /// </value>
    public int? MaxWaiting { get; set; }

    /// <summary>Says what a failing child does to the group.</summary>
    /// <value>The default is <see cref="FailurePolicy.FailFast"/>.</value>
    public FailurePolicy FailurePolicy { get; set; }

    /// <summary>Says where a child's delegate begins.</summary>
    /// <value>The default is <see cref="ChildStart.Inline"/>, in a nested group that of the outer group.</value>
    public ChildStart ChildStart
    {
        get => ChildStartOrInherited ?? default;
        set => ChildStartOrInherited = value;
    }

    /// <summary>Keeps names and times of live children, for snapshots and for reports that name children.</summary>
    /// <value>
    /// The default is <see langword="false"/>. Implied by <see cref="Timeout"/> and <see cref="Observer"/>, and by an outer group
    /// that tracks its children.
    /// </value>
    public bool TrackChildren { get; set; }

    /// <summary>Reports children that still run this long after the group was canceled to the <see cref="Observer"/>.</summary>
    /// <value>
    /// Zero (a child that does not end at once) to 4,294,967,294 milliseconds. The default is 5 seconds; <see langword="null"/> and
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: never.
    /// </value>
    public TimeSpan? StragglerAfter
    {
        get => IsStragglerAfterSet ? _stragglerAfter : DefaultStragglerAfter;
        set
        {
            _stragglerAfter = value;
            IsStragglerAfterSet = true;
        }
    }

    /// <summary>Receives the events of the group and of the groups nested in it.</summary>
    /// <value>
    /// The default is <see langword="null"/>. In a nested group it comes in addition to the observers of the outer groups, which
    /// get the events of nested groups whatever those set.
    /// </value>
    public TaskGroupObserver? Observer { get; set; }

    /// <summary>Tells the time and fires the group's timers.</summary>
    /// <value>
    /// The default is <see cref="TimeProvider.System"/>, in a nested group that of the outer group. Its members must not throw, but for
    /// <see cref="TimeProvider.CreateTimer"/>: a timeout without a timer fails the call that opens the group.
    /// </value>
    public TimeProvider TimeProvider
    {
        get => _timeProvider ?? TimeProvider.System;
        set => _timeProvider = value ?? throw new ArgumentNullException(nameof(value));
    }

    internal static TimeSpan DefaultStragglerAfter { get; } = TimeSpan.FromSeconds(5);

    internal ChildStart? ChildStartOrInherited { get; private set; }

    internal bool IsStragglerAfterSet { get; private set; }

    internal TimeProvider? TimeProviderOrInherited => _timeProvider;
}
