namespace TaskGroups.Hosting;

/// <summary>Reads from a snapshot which children still run or wait during a shutdown.</summary>
internal static class RemainingChildren
{
    /// <summary>Lists what runs or waits in a background group and below it.</summary>
    public static IEnumerable<UnfinishedChild> In(TaskGroupSnapshot snapshot) => Of(snapshot, SnapshotBuilder.RunningEntries(snapshot));

    /// <summary>Lists what runs or waits in the groups of scopes. A scope that is merely open runs nothing.</summary>
    public static IEnumerable<UnfinishedChild> InScopes(TaskGroupSnapshot snapshot) =>
        Of(snapshot, SnapshotBuilder.RunningEntries(snapshot).Where(entry => entry.ParentId != snapshot.Entries[0].Id));

    private static IEnumerable<UnfinishedChild> Of(TaskGroupSnapshot snapshot, IEnumerable<TaskGroupSnapshotEntry> entries)
    {
        Dictionary<long, string> groups = snapshot.Entries.Where(e => e.Kind == SnapshotKind.Group).ToDictionary(e => e.Id, e => e.Name);
        return
            from entry in entries
            select new UnfinishedChild(
                groups[entry.ParentId!.Value],
                entry.Name,
                entry.State == SnapshotState.Waiting ? UnfinishedReason.NeverStarted : UnfinishedReason.StillRunning,
                entry.Elapsed);
    }
}
