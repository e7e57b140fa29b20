namespace TaskGroups.Hosting;

/// <summary>
/// Knows in which groups the running code is: in that of its child or of its body, and in those around it. Registered only by features that
/// ask for it; an application without them pays nothing.
/// </summary>
/// <remarks>
/// Thread-safe. It knows the groups of the application, and those nested in them; the groups of <c>TaskGroup.RunAsync</c> belong to no
/// application.
/// </remarks>
internal sealed class CurrentGroup : TaskGroupObserver
{
    private readonly AsyncLocal<Place?> _place = new();

    /// <summary>
    /// The limit that ends the running code first, and whose it is; <see langword="null"/> if there is none. Groups that have completed do
    /// not count: code that runs on afterwards, such as a loop that a child started by other means, is no part of them.
    /// </summary>
    public (TimeSpan Left, TaskGroup Group)? EarliestLimit
    {
        get
        {
            (TimeSpan Left, TaskGroup Group)? earliest = null;
            for (Place? place = _place.Value; place is not null; place = place.Outer)
            {
                if (place.Group is { } group && TaskGroup.From(group).EarliestLimit is { } limit)
                {
                    earliest = earliest?.Left < limit.Left ? earliest : limit;
                }
            }

            return earliest;
        }
    }

    /// <summary>Puts the calling method, which must be async, and all that it calls into a group without a body.</summary>
    /// <returns>To be disposed at the end of the method.</returns>
    public IDisposable Enter(ITaskGroup group)
    {
        var place = new Place(group, _place.Value);
        _place.Value = place;
        return place;
    }

    public override void GroupOpened(ITaskGroup group)
    {
        if (((TaskGroup)group).HasBody)
        {
            Enter((TaskGroup)group);
        }
    }

    public override void ChildStarted(ITaskGroup group, string name) => Enter((TaskGroup)group);

    internal override void BodyIsolated(ITaskGroup group) => Enter((TaskGroup)group);

    // A group that is opened apart from the one around it, as by ITaskGroupFactory in a request, does not end with it, but the code around
    // waits for it all the same. A place in the same tree is left instead: a child of the outer group may outlive the nested one that
    // starts it.
    private void Enter(TaskGroup group)
    {
        Place? outer = _place.Value;
        for (Place? place = outer; place is not null; place = place.Outer)
        {
            if (place.IsInTreeOf(group))
            {
                outer = place.Outer;
                break;
            }
        }

        while (outer is { Group: null })
        {
            outer = outer.Outer;
        }

        _place.Value = new Place(group, outer);
    }

    private sealed class Place(ITaskGroup group, Place? outer) : IDisposable
    {
        private ITaskGroup? _group = group;

        /// <summary><see langword="null"/> once it has completed, or been left.</summary>
        public ITaskGroup? Group => _group is TaskGroup { IsCompleted: true } ? null : _group;

        public Place? Outer => outer;

        public bool IsInTreeOf(TaskGroup other) => _group is null || IsIn(other, _group) || (_group is TaskGroup mine && IsIn(mine, other));

        // What the owner refers to is used again then.
        public void Dispose() => _group = null;

        private static bool IsIn(TaskGroup group, ITaskGroup other)
        {
            for (TaskGroup? each = group; each is not null; each = each.Parent)
            {
                if (ReferenceEquals(each, other) || ReferenceEquals(each.Owner, other))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
