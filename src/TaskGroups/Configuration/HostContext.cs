namespace TaskGroups;

/// <summary>What a host adds to a group that it opens.</summary>
internal sealed class HostContext
{
    public static HostContext None { get; } = new();

    /// <summary>Where scoped children get their services; nested groups inherit it.</summary>
    public object? Services { get; init; }

    /// <summary>A limit that several groups of the host share; <see langword="null"/>: each has its own, if it has one.</summary>
    public ConcurrencyLimiter? Limiter { get; init; }

    /// <summary>Whether <see cref="ChildEntry.State"/> shows what <c>Run</c> was given, boxed if it is a value.</summary>
    public bool KeepsStates { get; init; }

    /// <summary>
    /// Is called when a tracked child has left the group that was cut short: it ended canceled, or never started (<see langword="false"/>).
    /// Must not throw.
    /// </summary>
    public Action<IObservedGroup, ChildEntry, bool>? ChildCutShort { get; init; }

    /// <summary>
    /// Is called when such a group, or one nested in it, opens: gives what follows it; <see langword="null"/> while nothing listens. The
    /// group itself is being made, and only to be noted. Together with an observer.
    /// </summary>
    public Func<IObservedGroup, GroupSettings, GroupInstrumentation?>? Follow { get; init; }

    /// <summary>Is called when a child has given its slot, or its place in the queue, back. Must not throw.</summary>
    public Action? OnPlaceFreed { get; init; }

    /// <summary>Is called when the group has refused a child because it is ending. Must not throw.</summary>
    public Action<IObservedGroup>? ChildRefused { get; init; }

    /// <summary>Whether the group is a part of its parent: a snapshot lists what is in it as if it were in the parent.</summary>
    public bool IsPartOfParent { get; init; }

    /// <summary>Whether a child inherits the execution context of the code that starts it. If not, children must be queued.</summary>
    public bool FlowsContext { get; init; } = true;

    /// <summary>Bounds the children of such a group and of all that are nested in it, together with those of others.</summary>
    public SharedChildLimit? ChildLimit { get; init; }

    /// <summary>A sentence that tells late callers what to do instead.</summary>
    public string? CompletedHint { get; init; }

    /// <summary>What the group stands for, in metrics, traces and on the live page.</summary>
    public GroupKind Kind { get; init; }

    /// <summary>
    /// Whether the group is a part of the machinery: it is not shown and not measured, and what runs in it belongs to the group around it.
    /// </summary>
    public bool IsInternal { get; init; }

    /// <summary>The same for a group that stands for something else.</summary>
    /// <param name="kind">What the group stands for.</param>
    /// <param name="completedHint">The sentence that tells late callers what to do instead; <see langword="null"/>: as it is.</param>
    public HostContext With(GroupKind kind, string? completedHint = null) => new()
    {
        Services = Services,
        Limiter = Limiter,
        KeepsStates = KeepsStates,
        ChildCutShort = ChildCutShort,
        Follow = Follow,
        OnPlaceFreed = OnPlaceFreed,
        ChildRefused = ChildRefused,
        IsPartOfParent = IsPartOfParent,
        FlowsContext = FlowsContext,
        ChildLimit = ChildLimit,
        CompletedHint = completedHint ?? CompletedHint,
        Kind = kind,
        IsInternal = IsInternal,
    };

    /// <summary>
    /// Whether a group nested in such a group counts as one of its children, awaited or not: the host's observers report its failure (R36).
    /// </summary>
    public bool CountsNestedAsChildren { get; init; }

    /// <summary>What a group nested in such a group has of it.</summary>
    public HostContext ForNested => Services is null ? None : new HostContext { Services = Services };
}
