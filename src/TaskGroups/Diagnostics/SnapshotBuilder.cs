using System.Globalization;

namespace TaskGroups;

/// <summary>Writes down what a tree of groups is doing. Iterative, and no lock is held for more than one group at a time.</summary>
internal static class SnapshotBuilder
{
    public static TaskGroupSnapshot Take(TaskGroup top) => Take(top, null, int.MaxValue);

    /// <summary>Takes a snapshot that ends after the group in which it has reached a number of entries.</summary>
    /// <param name="top">The group that is asked.</param>
    /// <param name="groups">Gets the groups in the order of their entries; <see langword="null"/> if the caller needs none.</param>
    /// <param name="maxEntries">How many entries are enough.</param>
    public static TaskGroupSnapshot Take(TaskGroup top, ICollection<TaskGroup>? groups, int maxEntries)
    {
        var moment = new Moment(top.Settings.Clock.Provider);
        var entries = new List<TaskGroupSnapshotEntry>();
        var toWrite = new Stack<(TaskGroup Group, long? Parent)>();
        toWrite.Push((top, null));
        while (entries.Count < maxEntries && toWrite.TryPop(out (TaskGroup Group, long? Parent) next))
        {
            Write(next.Group, next.Parent, moment, entries, groups, toWrite);
        }

        return new TaskGroupSnapshot(moment.TakenAt, entries);
    }

    /// <summary>Picks the children, running or waiting, and the nested groups of which only the body runs.</summary>
    /// <remarks>The group of a child's scope stands beside the child and is named after it: such a pair counts once.</remarks>
    public static IEnumerable<TaskGroupSnapshotEntry> RunningEntries(TaskGroupSnapshot snapshot)
    {
        HashSet<long?> withEntries = [.. snapshot.Entries.Select(entry => entry.ParentId)];
        HashSet<(long?, string)> children = [.. snapshot.Entries.Where(entry => entry.Kind == SnapshotKind.Child)
            .Select(entry => (entry.ParentId, entry.Name))];
        return snapshot.Entries.Where(entry => entry.Kind == SnapshotKind.Child || RunsByItself(entry));

        bool RunsByItself(TaskGroupSnapshotEntry group) =>
            group.ParentId is not null
            && group.State != SnapshotState.Completed
            && !withEntries.Contains(group.Id)
            && !children.Contains((group.ParentId, group.Name));
    }

    /// <summary>The exception of a group whose timeout fired, which names the work that still runs in it and below it.</summary>
    public static TimeoutException DescribeTimeout(TaskGroup group)
    {
        const int MaxNames = 10;
        if (group.Settings.Timeout == TimeSpan.Zero)
        {
            return new TimeoutException($"The task group '{group.Name}' has a timeout of zero: its body was not invoked.");
        }

        List<TaskGroupSnapshotEntry> entries = [.. RunningEntries(Take(group))];
        List<string> running = [.. entries
            .Where(entry => entry.State != SnapshotState.Waiting)
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"'{entry.Name}' ({entry.Elapsed.TotalSeconds:0.###} s)"))];
        string who = running.Count switch
        {
            0 => "No child was running, only the body.",
            <= MaxNames => $"Running then: {string.Join(", ", running)}.",
            _ => $"Running then: {string.Join(", ", running.Take(MaxNames))} and {running.Count - MaxNames} more.",
        };
        int waiting = entries.Count(entry => entry.State == SnapshotState.Waiting);
        string queue = waiting == 0 ? "" : $" Waiting for a slot: {waiting}.";
        return new TimeoutException($"The task group '{group.Name}' was canceled by {SayLimit(group)}. {who}{queue}");
    }

    private static string SayLimit(TaskGroup group) => group.HasCallersDeadline
        ? string.Create(
            CultureInfo.InvariantCulture, $"its caller's deadline, which left it {group.Contingent!.TimeLimit!.Value.TotalSeconds:0.###} s")
        : string.Create(CultureInfo.InvariantCulture, $"its timeout of {group.Settings.Timeout!.Value.TotalSeconds:0.###} s");

    private static void Write(
        TaskGroup group,
        long? parent,
        Moment moment,
        List<TaskGroupSnapshotEntry> entries,
        ICollection<TaskGroup>? groups,
        Stack<(TaskGroup Group, long? Parent)> toWrite)
    {
        GroupClock clock = group.Settings.Clock;
        long now = moment.On(clock);
        bool isCompleted = group.IsCompleted; // first: what canceled a group that has completed is known
        CancellationReason reason = group.CancellationReason;
        ChildRegistry? registry = group.Registry;
        List<ChildEntry> lines = registry?.CopyEntries() ?? [];
        long canceledAt = registry?.Contingent?.CanceledAt ?? GroupClock.Never;
        long completedAt = registry?.CompletedAt ?? GroupClock.Never;
        TimeSpan? sinceCancellation = reason == CancellationReason.None ? null
            : canceledAt == GroupClock.Never ? TimeSpan.Zero // the reason is there an instant before its time
            : clock.Between(canceledAt, now);
        TimeSpan elapsed = clock.Between(group.OpenedAt, completedAt == GroupClock.Never ? now : completedAt);

        List<TaskGroupSnapshotEntry> children =
            [.. lines.Where(line => line.Nested is null).Select(DescribeChild)];
        int waiting = children.Count(child => child.State == SnapshotState.Waiting);
        (int Running, int Waiting) counts = group.Settings.TracksChildren ? (children.Count - waiting, waiting) : group.Counts;

        long owner = group.Id;
        if (group.HostContext.IsPartOfParent && parent is { } whole)
        {
            // Its children are the parent's, and so are the groups nested in it.
            owner = whole;
            int index = entries.FindIndex(entry => entry.Id == whole);
            entries[index] = entries[index] with
            {
                RunningCount = entries[index].RunningCount + counts.Running,
                WaitingCount = entries[index].WaitingCount + counts.Waiting,
            };
        }
        else
        {
            entries.Add(DescribeGroup());
            groups?.Add(group);
        }

        entries.AddRange(children.Select(child => child with { ParentId = owner }));
        for (int last = lines.Count - 1; last >= 0; last--)
        {
            if (lines[last].Nested is TaskGroup nested)
            {
                toWrite.Push((nested, owner));
            }
        }

        TaskGroupSnapshotEntry DescribeGroup() => new(
            group.Id,
            parent,
            SnapshotKind.Group,
            group.Name,
            isCompleted ? SnapshotState.Completed : reason == CancellationReason.None ? SnapshotState.Running : SnapshotState.Ending,
            moment.TakenAt - clock.Between(group.OpenedAt, now),
            elapsed,
            sinceCancellation,
            reason,
            counts.Running,
            counts.Waiting);

        TaskGroupSnapshotEntry DescribeChild(ChildEntry child)
        {
            TimeSpan age = clock.Between(child.Since, now);
            return new TaskGroupSnapshotEntry(
                child.Id,
                group.Id,
                SnapshotKind.Child,
                child.Name,
                child.IsWaiting ? SnapshotState.Waiting : reason == CancellationReason.None ? SnapshotState.Running : SnapshotState.Ending,
                moment.TakenAt - age,
                age,
                sinceCancellation,
                reason,
                0,
                0);
        }
    }

    /// <summary>One moment on every clock of the tree, so that no group is younger than what it holds.</summary>
    private readonly struct Moment(TimeProvider provider)
    {
        private readonly long _ticks = Environment.TickCount64;
        private readonly long _timestamp = provider.GetTimestamp();

        public DateTimeOffset TakenAt { get; } = provider.GetUtcNow();

        public long On(GroupClock clock) => clock.IsCoarse ? _ticks : clock.Provider == provider ? _timestamp : clock.Now;
    }
}
