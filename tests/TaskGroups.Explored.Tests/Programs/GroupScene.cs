using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>One group of an explored program, with what is known of it from outside.</summary>
internal sealed class GroupScene
{
    private readonly TaskCompletionSource _body = new();
    private readonly CountingObserver? _observer;
    private ulong _order;
    private int _moments;
    private int _invokedAtCompletion = -1;
    private CancellationReason _reason;
    private string? _broken;
    private int _toldEra;
    private Task? _room;
    private Task? _otherJoin;

    public GroupScene(GroupPlan plan, GroupScene? parent, string name, ExploredClock clock)
    {
        Plan = plan;
        Parent = parent;
        Name = name;
        Clock = clock;
        _observer = plan.IsObserved ? new CountingObserver(this) : null;
        List<Child> kinds = [.. plan.Children];
        FromBody = kinds.Count;
        kinds.AddRange(plan.Outside.Where(each => each is Outside.Run or Outside.TryRun).Select(_ => plan.Foreign));
        FirstStarted = kinds.Count;
        kinds.AddRange(plan.Children.Where(each => each == Child.Starts).Select(_ => Child.Completes)); // what those start
        Children = [.. kinds.Select((kind, index) => new ChildScene(this, kind, $"{name}{index}"))];
        Nested = [.. plan.Nested.Select((nested, index) => new GroupScene(nested, this, $"{name}.{index}", clock))];
        if (plan.Outside.Contains(Outside.Nested))
        {
            Late = new GroupScene(new GroupPlan(Body.Ends, Child.Blocks), this, $"{name}.late", clock);
        }
    }

    public GroupPlan Plan { get; }

    public GroupScene? Parent { get; }

    public string Name { get; }

    public ExploredClock Clock { get; }

    public CancellationTokenSource? Caller { get; set; }

    public TaskGroup? Group { get; private set; }

    public Task? Join { get; private set; }

    public ChildScene[] Children { get; }

    /// <summary>How many children were started by children.</summary>
    public int StartedByChildren { get; set; }

    /// <summary>How many of the children the body starts.</summary>
    public int FromBody { get; }

    /// <summary>The first of the children that are started by children.</summary>
    public int FirstStarted { get; }

    public GroupScene[] Nested { get; }

    /// <summary>A group that an actor opens in this one at any moment.</summary>
    public GroupScene? Late { get; }

    public bool IsBodyEnded => _body.Task.IsCompleted;

    public bool IsBodyCanceled => _body.Task.IsCanceled;

    public Exception? BodyFailure { get; private set; }

    public int BodyFailedFrom { get; private set; }

    public int BodyFailedUntil { get; private set; } = int.MaxValue;

    public bool IsCancelAsked { get; set; }

    public bool IsStopAsked { get; set; }

    public bool IsHostStopping { get; private set; }

    public bool IsOpenedTooLate { get; private set; }

    /// <summary>Whether the parent had completed when its refusal came back, so that its outcome may not know of it.</summary>
    public bool IsRefusedLate { get; private set; }

    /// <summary>Whether the body has done all that it does before it waits.</summary>
    public bool IsBodyReturned { get; private set; }

    public CountingObserver? Observer => _observer;

    public bool HasCompleted => Group is { IsCompleted: true };

    /// <summary>Whether an actor could see that the group has completed.</summary>
    public bool IsSeenCompleted => _invokedAtCompletion >= 0;

    public IEnumerable<GroupScene> Inner => Late is null ? Nested : [.. Nested, Late];

    private bool IsAlive =>
        !IsBodyEnded || Children.Any(child => child.IsAlive) || Inner.Any(inner => inner is { Group: not null, IsAlive: true });

    public TaskGroupOptions Options => new()
    {
        Name = Name,
        FailurePolicy = Plan.Policy,
        ChildStart = Plan.Start,
        MaxConcurrency = Plan.MaxConcurrency,
        MaxWaiting = Plan.MaxWaiting,
        Observer = _observer,
        Timeout = Plan.Outside.Contains(Outside.Timeout) ? ExploredClock.Limit : null,
        TimeProvider = Clock,
        StragglerAfter = Plan.Outside.Contains(Outside.Straggle) ? ExploredClock.LimitOfStragglers : null,
    };

    /// <summary>Opens the group at the top, on the calling actor.</summary>
    public void Open()
    {
        if (Plan.IsOwned)
        {
            OpenOwned();
        }
        else
        {
            Join = TaskGroup.RunAsync(RunBody, Options, Caller?.Token ?? default);
        }
    }

    /// <summary>Opens the group in its parent, on the calling actor.</summary>
    public void OpenNested()
    {
        try
        {
            if (Plan.IsOwned)
            {
                OpenOwned();
                return;
            }

            Join = Parent!.Group!.RunGroupAsync(RunBody, Options);
            IsRefusedLate = Group is null && Parent.HasCompleted;
            if (Group is null && !IsRefusedLate)
            {
                Parent.CheckRefusal(Name);
            }
        }
        catch (InvalidOperationException) when (Parent!.HasCompleted)
        {
            IsOpenedTooLate = true;
        }
    }

    /// <summary>What the body's actor does.</summary>
    public void EndBody()
    {
        if (Plan.Body == Body.Fails)
        {
            BodyFailedFrom = NoteFailing();
            BodyFailure = new ExploredException(Name);
            _body.SetException(BodyFailure);
            if (Plan.IsOwned)
            {
                Close(BodyFailure);
            }
            else if (Join is null)
            {
                return; // the group has yet to look at its body
            }

            BodyFailedUntil = NoteFailing();
            if (Plan.Policy != FailurePolicy.CollectAll)
            {
                Tell();
            }
        }
        else if ((_body.TrySetResult() || Plan.HasTwoClosers) && Plan.IsOwned)
        {
            Close(null);
        }
    }

    /// <summary>Ends the group because the host stops.</summary>
    public void StopHost()
    {
        IsHostStopping = true; // before: what is nested has the same reason at once
        Group!.Cancel(CancellationReason.HostStopping);
        Tell();
    }

    /// <summary>Cancels the group.</summary>
    public void Cancel() => Cancel(Group!);

    /// <inheritdoc cref="Cancel()"/>
    public void Cancel(ITaskGroup group)
    {
        group.Cancel();
        IsCancelAsked = true;
        Tell();
    }

    /// <summary>Says that a cancellation of the group has been told: what begins to start from now on must not be invoked.</summary>
    public void Tell()
    {
        if (_toldEra == 0)
        {
            _toldEra = Explorer.BeginEra();
        }
    }

    /// <summary>Says that a failure has been told.</summary>
    public void NoteFailed()
    {
        if (Plan.Policy == FailurePolicy.FailFast)
        {
            Tell();
        }
    }

    /// <summary>Whether the group was told when something began in an era.</summary>
    public bool IsToldSince(int era) => _toldEra > 0 && era >= _toldEra;

    /// <summary>Where no walk is under way, a group that is ending has canceled those nested in it.</summary>
    public void CheckTold()
    {
        if (!Explorer.IsAlone)
        {
            return;
        }

        if (Parent is not null)
        {
            Parent.CheckTold();
        }
        else
        {
            Explorer.Look(() => CheckTold(isParentEnding: false));
        }
    }

    public void Break(string broken) => _broken ??= broken; // not thrown here: the core would take it for the child's failure

    /// <summary>Only a group that is ending refuses, and it stays so.</summary>
    public void CheckRefusal(string refused) => Explorer.Look(() =>
    {
        if (!Group!.IsEnding)
        {
            Break($"{refused} was refused, and nothing has canceled the group (R4)");
        }
    });

    public void NoteInvoked(ChildScene child, int era)
    {
        if (IsToldSince(era))
        {
            Break($"{child.Name} is invoked, though its turn came after the cancellation (R4)");
        }

        if (HasCompleted || Join is { IsCompleted: true })
        {
            Break($"{child.Name} is invoked after the join (R1, R3)");
        }

        if (child.Invoked > 1)
        {
            Break($"{child.Name} is invoked twice");
        }

        _order = StateHash.Fold(_order, (ulong)Array.IndexOf(Children, child));
    }

    /// <summary>Gives the moment a number, and marks the order as part of the state.</summary>
    public int NoteFailing()
    {
        _order = StateHash.Fold(_order, 77);
        return ++_moments;
    }

    public ulong Fold()
    {
        ulong hash = StateHash.Fold(_order, (ulong)(Join?.Status ?? (TaskStatus)15) + ((ulong)_body.Task.Status << 4));
        if (Group is not null)
        {
            hash = StateHash.Fold(hash, (ulong)Word(State(Group)));
            hash = StateHash.Fold(hash, Group.CancellationToken.IsCancellationRequested);
            if (Biased(Group) is { } biased && biased.IsOf(Group))
            {
                hash = StateHash.Fold(hash, (ulong)biased.Count + (IsClosed(biased) ? 1UL << 32 : 1UL << 33));
            }
        }

        hash = StateHash.Fold(
            hash, (IsCancelAsked ? 1UL : 0) | (IsStopAsked ? 2UL : 0) | (IsOpenedTooLate ? 4UL : 0) | (IsRefusedLate ? 8UL : 0)
                | (IsBodyReturned ? 16UL : 0)
                | (IsHostStopping ? 32UL : 0)
                | ((ulong)StartedByChildren << 8));

        hash = StateHash.Fold(hash, (_observer?.Fold() ?? 0) + ((ulong)_toldEra << 56));
        foreach (ChildScene child in Children)
        {
            hash = StateHash.Fold(hash, child.Fold());
        }

        foreach (GroupScene inner in Inner)
        {
            hash = StateHash.Fold(hash, inner.Fold());
        }

        return hash;
    }

    /// <summary>What must hold after every step.</summary>
    public void Check()
    {
        foreach (GroupScene inner in Inner)
        {
            inner.Check();
        }

        if (Group is null)
        {
            return;
        }

        Rule(_broken is null, _broken!);
        int invoked = Children.Sum(child => child.Invoked);
        if (IsSeenCompleted)
        {
            // Before the counts, which trust the word.
            Rule(HasCompleted && invoked == _invokedAtCompletion, "completion was taken back (R3)");
        }

        (int running, int waiting) = Group.Counts;
        Rule(running >= 0 && waiting >= 0, $"counts {running} running, {waiting} waiting");
        Rule(
            Plan.MaxConcurrency is not { } most || (running <= most && Children.Count(child => child.IsAlive) <= most),
            "more children run than slots (R26)");
        Rule(Plan.MaxWaiting is not { } places || waiting <= places, $"{waiting} children wait where {Plan.MaxWaiting} may (R26)");
        Rule(
            waiting == 0 || running == Plan.MaxConcurrency,
            $"{waiting} children wait, and {running} of {Plan.MaxConcurrency} slots are taken (R26)");
        Rule(
            Plan.Policy != FailurePolicy.FailFast || Plan.MaxConcurrency is not { } slots || Group.IsEnding
                || Children.Count(child => child.IsAlive || child.Failure is not null) <= slots,
            "a child runs on the slot of one that failed, and nothing has canceled the group (R9)");
        Rule(
            !Plan.IsThroughQueue
                || running + waiting <= Children.Count(child => child is { IsBegun: true, Handed: not { IsCompleted: true } }),
            "who awaited a child finds it counted still");
        Rule(
            _reason == CancellationReason.None || _reason == Group.CancellationReason,
            $"the reason changed from {_reason} to {Group.CancellationReason}");
        _reason = Group.CancellationReason;
        if (_reason != CancellationReason.None)
        {
            Tell(); // every actor can see it
        }

        if (HasCompleted)
        {
            _invokedAtCompletion = invoked;
            Rule(!IsAlive, "completed while work was alive (R1)");
            Rule((running, waiting) == (0, 0), $"completed, and counts {running} running, {waiting} waiting");
        }

        if (Join is { IsCompleted: true })
        {
            Rule(HasCompleted, "the join ended before the group completed");
            Rule(
                Group.Registry is not { } registry || registry.GetNested().Count == 0,
                "the join ended, and a nested group is in the registry still (R21)");
            Rule(_otherJoin is null || _otherJoin == Join, "who closed a group a second time got another join");
            Rule(_observer is null or { Completed: 1 }, "the join ended before the observer heard of it");
            Rule(Children.All(child => child.Handed is not { IsCompleted: false }), "the join ended before the task of a child (R1)");
            Rule(Inner.All(inner => inner.Join is not { IsCompleted: false }), "the join ended before that of a nested group (R7)");
        }

        if (IsCancelAsked)
        {
            Rule(HasCompleted || Group.IsEnding, "Cancel came back without effect");
        }
    }

    /// <summary>What must hold when nothing goes on by itself any more.</summary>
    public void CheckQuiet(bool isOuterStopped = false)
    {
        bool isStopped = isOuterStopped || IsStopAsked;
        Rule(!Group!.IsEnding || Group.WaitingCount == 0, "a waiting child was not dropped (R26)");
        Rule(
            Group.WaitingCount == 0 || Children.Count(child => child.IsAlive) == Plan.MaxConcurrency,
            "a child waits for a slot that nobody uses (R26)");
        Rule(
            _room is not { IsCompleted: false } || Group.RunningCount == Plan.MaxConcurrency,
            "somebody waits for room, and there is room (R26)");
        Rule(!isStopped || !Children.Any(child => child is { Kind: Child.Soft, IsAlive: true }), "a child was not told to stop (R5)");
        foreach (GroupScene inner in Inner.Where(inner => inner.Group is not null))
        {
            inner.CheckQuiet(isStopped);
        }
    }

    public void Rule(bool holds, string broken)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{Name}: {broken}.");
        }
    }

    /// <summary>Looks at the count of running children while the group goes on (R2).</summary>
    public void Count()
    {
        ChildScene[] before = [.. Children.Where(child => child.IsAlive)];
        int running = Group!.Counts.Running;
        int least = before.Count(child => child.IsAlive);
        int most = Children.Count(child => child.IsBegun);
        if (running < least || running > most)
        {
            Break($"{running} children are counted where there are {least} to {most}");
        }
    }

    /// <summary>Looks at the group while it goes on: a snapshot shows one moment of it.</summary>
    public void Look()
    {
        TaskGroupSnapshotEntry group = Group!.GetSnapshot().Entries[0];
        if (group.State == SnapshotState.Completed && group.CancellationReason != Group.CancellationReason)
        {
            Break("the snapshot of a group that has completed does not know what canceled it");
        }

        if (group.State != SnapshotState.Completed
            && (group.State == SnapshotState.Ending) != (group.CancellationReason != CancellationReason.None))
        {
            Break("the snapshot's state is not that of its reason");
        }
    }

    /// <summary>Waits for room, as a combinator does before it reads on.</summary>
    public void AwaitRoom()
    {
        _room = Group!.Limiter!.WaitForCapacityAsync();
        Explorer.WaitUntil(() => _room.IsCompleted, "there is room");
    }

    /// <summary>Closes the group beside its owner, as a scope may be disposed while it is joined.</summary>
    public void CloseAsWell()
    {
        _body.TrySetResult();
        _otherJoin = Group!.CloseAsync();
    }

    private void CheckTold(bool isParentEnding)
    {
        if (isParentEnding && Group is { IsCompleted: false, IsEnding: false })
        {
            Break("the group was not canceled with its parent (R7)");
        }

        foreach (GroupScene inner in Inner)
        {
            inner.CheckTold(Group is { IsEnding: true });
        }
    }

    private Task RunBody(ITaskGroup group)
    {
        Group = (TaskGroup)group;
        Explorer.UserPoint("body");
        Fill();
        if (Plan.Body == Body.Ends)
        {
            _body.SetResult();
        }

        IsBodyReturned = true;
        return _body.Task;
    }

    private void OpenOwned()
    {
        Group = TaskGroup.Open(Options, Parent?.Group, callerToken: Caller?.Token ?? default);
        Explorer.UserPoint("opened");
        Fill();
        IsBodyReturned = true;
        if (Plan.Body == Body.Ends)
        {
            EndBody();
        }
    }

    // As an owner does that is the only one to close: without a join if there is nothing left to join.
    private void Close(Exception? failure) =>
        Join = failure is null && !Plan.HasTwoClosers && Group!.TryCloseAlone() ? Task.CompletedTask : Group!.CloseAsync(failure);

    private void Fill()
    {
        foreach (GroupScene nested in Nested)
        {
            nested.OpenNested();
        }

        for (int index = 0; index < FromBody; index++)
        {
            Children[index].Start(tries: false);
            if (Parent is null)
            {
                Explorer.UserPoint("started", forgets: true); // all that happened so far is in the fingerprint
            }
        }

        if (Plan.Body == Body.Waits)
        {
            Group!.CancellationToken.UnsafeRegister(Obey, null);
        }
    }

    private void Obey(object? state, CancellationToken token)
    {
        Explorer.UserPoint(Name, forgets: true);
        if (_body.TrySetCanceled(token) && Plan.IsOwned)
        {
            Close(new OperationCanceledException(token));
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_state")]
    private static extern ref GroupState State(TaskGroup group);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_biased")]
    private static extern ref BiasedChildCount? Biased(TaskGroup group);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isClosed")]
    private static extern ref bool IsClosed(BiasedChildCount biased);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_word")]
    private static extern ref long Word(GroupState state);
}
