namespace TaskGroups.Hosting;

/// <summary>Reads from a snapshot who outlived a shutdown.</summary>
internal static class RemainingChildren
{
    /// <summary>Who runs or waits in a background group and below it.</summary>
    public static IEnumerable<AbandonedChild> In(TaskGroupSnapshot snapshot) => Of(snapshot, Snapshots.WhoRuns(snapshot));

    /// <summary>Who runs or waits in the groups of scopes. A scope that is merely open runs nothing.</summary>
    public static IEnumerable<AbandonedChild> InScopes(TaskGroupSnapshot snapshot) =>
        Of(snapshot, Snapshots.WhoRuns(snapshot).Where(entry => entry.ParentId != snapshot.Entries[0].Id));

    private static IEnumerable<AbandonedChild> Of(TaskGroupSnapshot snapshot, IEnumerable<TaskGroupSnapshotEntry> entries)
    {
        Dictionary<long, string> groups = snapshot.Entries.Where(e => e.Kind == SnapshotKind.Group).ToDictionary(e => e.Id, e => e.Name);
        return
            from entry in entries
            select new AbandonedChild(groups[entry.ParentId!.Value], entry.Name, entry.State != SnapshotState.Waiting, entry.Elapsed);
    }
}
