namespace TaskGroups.Explored;

/// <summary>What a child does once it has been invoked.</summary>
internal enum Child
{
    /// <summary>Ends when its turn comes, or canceled when it is told.</summary>
    Completes,

    /// <summary>Fails when its turn comes, or ends canceled when it is told.</summary>
    Fails,

    /// <summary>Fails when its turn comes, whatever it is told.</summary>
    FailsAnyway,

    EndsAtOnce,

    FailsAtOnce,

    /// <summary>Ends when it is told to, and only then.</summary>
    Blocks,

    /// <summary>Fails when it is told to end.</summary>
    FailsWhenTold,

    /// <summary>Ends when the soft signal comes, with its token.</summary>
    Soft,

    /// <summary>Cancels its group, then ends.</summary>
    Cancels,

    /// <summary>Starts one more child in its group, then ends.</summary>
    Starts,

    /// <summary>Does not listen, and ends when nothing else happens any more.</summary>
    Stubborn,
}

/// <summary>What the body does after it started the children.</summary>
internal enum Body
{
    Ends,

    /// <summary>Ends when its turn comes, or canceled when it is told.</summary>
    Waits,

    /// <summary>Fails when its turn comes.</summary>
    Fails,
}

/// <summary>What code outside of a group does to it, at any moment.</summary>
internal enum Outside
{
    Cancel,
    CallerToken,
    Stop,

    /// <summary>Ends the group because the host stops.</summary>
    HostStops,

    /// <summary>Looks at the number of running children.</summary>
    Count,
    Run,
    TryRun,
    Nested,
    Timeout,

    /// <summary>Takes a snapshot.</summary>
    Look,

    /// <summary>Waits for room in a group with slots, as a combinator does that is the only one to start its children.</summary>
    Room,

    /// <summary>Closes a group that its owner closes as well.</summary>
    Close,

    /// <summary>The time after which children count as stragglers is over.</summary>
    Straggle,
}

/// <summary>A group and all that happens in it.</summary>
internal sealed record GroupPlan(Body Body, params Child[] Children)
{
    /// <summary>What others do to the group, each at any moment.</summary>
    public Outside[] Outside { get; init; } = [];

    /// <summary>What children do that others start, not the body.</summary>
    public Child Foreign { get; init; } = Child.Completes;

    /// <summary>Groups that the body opens before it starts its children.</summary>
    public GroupPlan[] Nested { get; init; } = [];

    public FailurePolicy Policy { get; init; }

    public ChildStart Start { get; init; }

    public int? MaxConcurrency { get; init; }

    public int? MaxWaiting { get; init; }

    /// <summary>
    /// Whether the group has no body, and its opener closes it, as the hosts do for requests, scopes and background groups:
    /// right after the
    /// start of the children, or when the turn of the body's end comes.
    /// </summary>
    public bool IsOwned { get; init; }

    /// <summary>Whether the group at the top has no caller's token: then it makes its registry when that is first needed.</summary>
    public bool IsAlone { get; init; }

    public bool IsObserved { get; init; }

    /// <summary>Whether the observer cancels the group while it is being made.</summary>
    public bool IsCanceledAtOnce { get; init; }

    /// <summary>Whether another actor closes the group beside its owner, which then does not close it alone.</summary>
    public bool HasTwoClosers => Outside.Contains(Explored.Outside.Close);

    /// <summary>Whether the tasks that are handed out are the group's own.</summary>
    public bool IsThroughQueue => Start == ChildStart.Queued || MaxConcurrency is not null;

    public override string ToString() =>
        $"{Body} [{string.Join(' ', Children)}] outside [{string.Join(' ', Outside)}] {Policy} {Start}"
        + (Foreign == Child.Completes ? "" : $" where a child from outside {Foreign}")
        + (MaxConcurrency is null ? "" : $" at most {MaxConcurrency}")
        + (MaxWaiting is null ? "" : $", {MaxWaiting} waiting")
        + (IsOwned ? " owned" : "")
        + (IsAlone ? " alone" : "")
        + (IsObserved ? " observed" : "")
        + (IsCanceledAtOnce ? " canceled at once" : "")
        + string.Concat(Nested.Select(nested => $" {{ {nested} }}"));
}
