namespace TaskGroups.Hosting;

/// <summary>Reads from a snapshot who outlived a drain.</summary>
internal static class Survivors
{
    internal static IEnumerable<AbandonedChild> In(TaskGroupSnapshot snapshot)
    {
        Dictionary<long, string> groups = snapshot.Entries.Where(e => e.Kind == SnapshotKind.Group).ToDictionary(e => e.Id, e => e.Name);
        return
            from entry in Snapshots.WhoRuns(snapshot)
            select new AbandonedChild(groups[entry.ParentId!.Value], entry.Name, entry.State != SnapshotState.Waiting, entry.Elapsed);
    }
}
