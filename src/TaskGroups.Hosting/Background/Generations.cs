namespace TaskGroups.Hosting;

/// <summary>
/// The tree of groups behind one background group: a node that lives as long as the application, under it an epoch from one
/// <see cref="ITaskGroup.Cancel"/> to the next, and under that a row of generations, which hold the children (R47).
/// </summary>
/// <remarks>
/// <para>
/// The node has the soft signal and is what the drain joins; the epoch has the hard signal that callers see; the children hold the token
/// of their generation. A generation takes <see cref="MaxChildren"/> children, then another one begins; one also begins when a listener
/// of telemetry has come or gone. It completes with the last of its children, and what they left registered on its token goes with it.
/// </para>
/// <para>
/// The current generation is one field, which is replaced by compare and exchange. A generation that is replaced is closed: it completes
/// when nothing holds it any more. A caller that is about to start something takes a hold first; if that fails, another generation is
/// current by then.
/// </para>
/// </remarks>
internal sealed class Generations
{
    /// <summary>The children of one generation: what they leave registered stays for no more than these.</summary>
    public const int MaxChildren = 256;

    private readonly TelemetryObserver _telemetry;
    private readonly TaskGroupOptions _epochOptions;
    private readonly TaskGroupOptions _generationOptions;
    private readonly HostContext _epochContext;
    private readonly HostContext _generationContext;
    private Generation _current;
    private volatile bool _isClosed;

    public Generations(TaskGroup node, HostContext generationContext, TelemetryObserver telemetry)
    {
        Node = node;
        _telemetry = telemetry;
        _generationContext = generationContext;
        _epochContext = new HostContext
        {
            Services = generationContext.Services,
            FlowsContext = false,
            CompletedHint = generationContext.CompletedHint,
            IsPartOfParent = true,
        };
        _epochOptions = new TaskGroupOptions { Name = node.Name, FailurePolicy = FailurePolicy.Supervise, StragglerAfter = null };
        _generationOptions = new TaskGroupOptions
        {
            Name = node.Name,
            FailurePolicy = FailurePolicy.Supervise,
            ChildStart = ChildStart.Queued,
            StragglerAfter = TimeSpan.FromSeconds(5),
        };
        _current = OpenEpoch();
    }

    /// <summary>The group around all others.</summary>
    public TaskGroup Node { get; }

    /// <summary>The group whose token and reason callers see.</summary>
    public TaskGroup Epoch => Current.Epoch;

    /// <summary>The generation that takes children now.</summary>
    public TaskGroup Latest => Current.Group;

    /// <summary>How many children run and how many wait for a slot.</summary>
    public (int Running, int Waiting) Counts =>
        _generationContext.Limiter?.Counts ?? (Nested(Node).SelectMany(Nested).Sum(each => each.RunningCount), 0);

    private Generation Current => Volatile.Read(ref _current);

    /// <summary>Whether a group is one of those that hold the children.</summary>
    public bool IsGeneration(ITaskGroup? group) => group is TaskGroup { Parent.Parent: { } node } && node == Node;

    /// <summary>
    /// Takes a hold on the generation that takes children now, for one child or nested group. <see cref="TaskGroup.Release"/> returns it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The drain is over.</exception>
    public TaskGroup Hold()
    {
        while (true)
        {
            Generation current = Current;
            if (current.Group.State.TryHold())
            {
                if (!current.Group.IsEnding || current == Current)
                {
                    if (_isClosed)
                    {
                        _ = current.Group.CloseAsync(); // one that was opened during the drain
                    }
                    else if (current.CountChild() == MaxChildren)
                    {
                        Replace(current);
                    }
                    else if (!_telemetry.FollowsAsNow(current.Group))
                    {
                        current.Group.Release();
                        Replace(current);
                        continue;
                    }

                    return current.Group;
                }

                current.Group.Release();
            }
            else
            {
                Replace(current);
            }
        }
    }

    /// <summary>Cancels the children that there are, and begins another epoch, unless the drain has begun.</summary>
    /// <returns>How many children ran, and how many waited.</returns>
    public (int Running, int Waiting) Cancel()
    {
        Generation current = Current;
        if (!_isClosed && Node.State.TryHold())
        {
            Generation next = OpenEpoch();
            Node.Release();
            while (Interlocked.CompareExchange(ref _current, next, current) != current)
            {
                current = Current;
            }

            if (_isClosed)
            {
                CloseEpoch(next); // the drain began meanwhile, and may have closed the one before
            }
        }

        List<ChildEntry> children = [.. Nested(current.Epoch).SelectMany(each => each.CopyEntries()).Where(each => each.Nested is null)];
        int waiting = children.Count(child => child.IsWaiting);
        current.Epoch.Cancel();
        CloseEpoch(current);
        return (children.Count - waiting, waiting);
    }

    /// <summary>Says that no more children come from outside.</summary>
    /// <returns>A task that completes when every child has ended.</returns>
    public Task CloseAsync()
    {
        _isClosed = true;
        CloseEpoch(Current);
        return Node.CloseAsync();
    }

    /// <summary>Gives the states that live children hold, hidden ones as they are, by the ids of the children.</summary>
    public Dictionary<long, object?> GetStates() => Nested(Node).SelectMany(Nested).SelectMany(generation => generation.CopyEntries())
        .Where(entry => entry.State is not null)
        .ToDictionary(entry => entry.Id, entry => entry.State);

    private static IEnumerable<TaskGroup> Nested(TaskGroup group) => group.CopyEntries().Select(entry => entry.Nested).OfType<TaskGroup>();

    private static void CloseEpoch(Generation generation)
    {
        _ = generation.Group.CloseAsync();
        _ = generation.Epoch.CloseAsync();
    }

    private Generation OpenEpoch()
    {
        TaskGroup epoch = TaskGroup.Open(_epochOptions, Node, _epochContext);
        return new Generation(epoch, OpenGeneration(epoch));
    }

    private TaskGroup OpenGeneration(TaskGroup epoch) => TaskGroup.Open(_generationOptions, epoch, _generationContext);

    // Outside locks: the clock is the application's.
    private void Replace(Generation current)
    {
        if (!current.Epoch.State.TryHold())
        {
            if (current == Current)
            {
                _ = OpenGeneration(current.Epoch); // throws: the application has shut down
            }

            return;
        }

        var next = new Generation(current.Epoch, OpenGeneration(current.Epoch));
        current.Epoch.Release();
        Generation replaced = Interlocked.CompareExchange(ref _current, next, current);
        _ = (replaced == current ? current : next).Group.CloseAsync();
    }

    /// <summary>One generation, with its epoch.</summary>
    private sealed class Generation(TaskGroup epoch, TaskGroup group)
    {
        private int _children;

        public TaskGroup Epoch => epoch;

        public TaskGroup Group => group;

        public int CountChild() => Interlocked.Increment(ref _children);
    }
}
