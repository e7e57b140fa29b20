namespace TaskGroups.Hosting;

/// <summary>Reads from a snapshot who outlived a drain.</summary>
internal static class Survivors
{
    internal static IEnumerable<AbandonedChild> In(TaskGroupSnapshot snapshot)
    {
        TaskGroupSnapshotEntry drained = snapshot.Entries[0];
        Dictionary<long, string> groups = snapshot.Entries.Where(e => e.Kind == SnapshotKind.Group).ToDictionary(e => e.Id, e => e.Name);
        HashSet<long?> withEntries = [.. snapshot.Entries.Select(e => e.ParentId)];
        HashSet<string> children = [.. snapshot.Entries.Where(e => e.Kind == SnapshotKind.Child && e.ParentId == drained.Id).Select(e => e.Name)];
        return
            from entry in snapshot.Entries
            where entry.Kind == SnapshotKind.Child || RunsByItself(entry)
            select new AbandonedChild(groups[entry.ParentId!.Value], entry.Name, entry.State != SnapshotState.Waiting, entry.Elapsed);

        // A nested group without children whose body still runs, and that is not the group of a child's scope, which is named after the child.
        bool RunsByItself(TaskGroupSnapshotEntry group) =>
            group.ParentId is not null && group.State != SnapshotState.Completed && !withEntries.Contains(group.Id) && !children.Contains(group.Name);
    }
}
