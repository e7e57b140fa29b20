using System.Globalization;

namespace TaskGroups;

/// <summary>Writes down what a tree of groups is doing. Iterative, and no lock is held for more than one group at a time.</summary>
internal static class Snapshots
{
    private const int MaxNamesInMessage = 10;

    public static TaskGroupSnapshot Take(TaskGroup top)
    {
        TimeProvider clock = top.Settings.TimeProvider;
        DateTimeOffset takenAt = clock.GetUtcNow();
        var entries = new List<TaskGroupSnapshotEntry>();
        var toWrite = new Stack<(TaskGroup Group, long? Parent)>();
        toWrite.Push((top, null));
        while (toWrite.TryPop(out (TaskGroup Group, long? Parent) next))
        {
            Write(next.Group, next.Parent, takenAt, entries, toWrite);
        }

        return new TaskGroupSnapshot(takenAt, entries);
    }

    /// <summary>Makes the exception of a group whose timeout fired, naming who still runs in it and below it.</summary>
    public static TimeoutException DescribeTimeout(TaskGroup group)
    {
        List<string> running = [.. Take(group).Entries
            .Where(entry => entry is { Kind: SnapshotKind.Child, State: not SnapshotState.Waiting })
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"'{entry.Name}' ({entry.Elapsed.TotalSeconds:0.###} s)"))];
        string who = running.Count switch
        {
            0 => "No child was running, only the body.",
            <= MaxNamesInMessage => $"Still running: {string.Join(", ", running)}.",
            _ => $"Still running: {string.Join(", ", running.Take(MaxNamesInMessage))} and {running.Count - MaxNamesInMessage} more.",
        };
        return new TimeoutException(string.Create(
            CultureInfo.InvariantCulture,
            $"The task group '{group.Name}' was canceled by its timeout of {group.Settings.Timeout!.Value.TotalSeconds:0.###} s. {who}"));
    }

    private static void Write(
        TaskGroup group,
        long? parent,
        DateTimeOffset takenAt,
        List<TaskGroupSnapshotEntry> entries,
        Stack<(TaskGroup Group, long? Parent)> toWrite)
    {
        TimeProvider clock = group.Settings.TimeProvider;
        CancellationReason reason = group.CancellationReason;
        bool isCompleted = group.IsCompleted;
        Roster? roster = group.RosterOrNone;
        List<Member> members = roster?.GetMembers() ?? [];
        TimeSpan? sinceCancellation = roster is { EndedAt: not 0 } ? clock.GetElapsedTime(roster.EndedAt) : null;
        TimeSpan elapsed = isCompleted && roster is { CompletedAt: not 0 }
            ? clock.GetElapsedTime(group.OpenedAt, roster.CompletedAt)
            : clock.GetElapsedTime(group.OpenedAt);
        int waiting = members.Count(member => member is { Nested: null, IsWaiting: true });
        int running = members.Count(member => member is { Nested: null, IsWaiting: false });
        if (!group.Settings.TracksChildren)
        {
            waiting = group.WaitingCount;
            running = group.RunningCount;
        }

        entries.Add(new TaskGroupSnapshotEntry(
            group.Id,
            parent,
            SnapshotKind.Group,
            group.Name,
            isCompleted ? SnapshotState.Completed : reason == CancellationReason.None ? SnapshotState.Running : SnapshotState.Ending,
            takenAt - clock.GetElapsedTime(group.OpenedAt),
            elapsed,
            sinceCancellation,
            reason,
            running,
            waiting));
        foreach (Member child in members.Where(member => member.Nested is null))
        {
            TimeSpan age = clock.GetElapsedTime(child.Since);
            entries.Add(new TaskGroupSnapshotEntry(
                child.Id,
                group.Id,
                SnapshotKind.Child,
                child.Name,
                child.IsWaiting ? SnapshotState.Waiting : reason == CancellationReason.None ? SnapshotState.Running : SnapshotState.Ending,
                takenAt - age,
                age,
                sinceCancellation,
                reason,
                0,
                0));
        }

        for (int last = members.Count - 1; last >= 0; last--)
        {
            if (members[last].Nested is { } nested)
            {
                toWrite.Push((nested, group.Id));
            }
        }
    }
}
