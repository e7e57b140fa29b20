namespace TaskGroups.Hosting;

/// <summary>Reads from a snapshot which children still run or wait during a shutdown.</summary>
internal static class RemainingChildren
{
    /// <summary>Lists what runs or waits in a background group and below it.</summary>
    /// <param name="snapshot">The snapshot of the background group.</param>
    /// <param name="states">The states that children were started with, by the ids of the children.</param>
    public static IEnumerable<UnfinishedChild> In(TaskGroupSnapshot snapshot, Dictionary<long, object?>? states = null) =>
        Of(snapshot, SnapshotBuilder.RunningEntries(snapshot), states);

    /// <summary>Lists what runs or waits in the groups of scopes. A scope that is merely open runs nothing.</summary>
    public static IEnumerable<UnfinishedChild> InScopes(TaskGroupSnapshot snapshot) =>
        Of(snapshot, SnapshotBuilder.RunningEntries(snapshot).Where(entry => entry.ParentId != snapshot.Entries[0].Id), null);

    /// <summary>Leaves out those that have ended since: for each of them the first that has its group and its name.</summary>
    public static IEnumerable<UnfinishedChild> Without(IEnumerable<UnfinishedChild> ended, IEnumerable<UnfinishedChild> remaining)
    {
        Dictionary<(string, string), int> left = ended.CountBy(child => (child.Group, child.Name)).ToDictionary();
        foreach (UnfinishedChild child in remaining)
        {
            if (left.GetValueOrDefault((child.Group, child.Name)) is > 0 and var count)
            {
                left[(child.Group, child.Name)] = count - 1;
            }
            else
            {
                yield return child;
            }
        }
    }

    private static IEnumerable<UnfinishedChild> Of(
        TaskGroupSnapshot snapshot, IEnumerable<TaskGroupSnapshotEntry> entries, Dictionary<long, object?>? states)
    {
        Dictionary<long, string> groups = snapshot.Entries.Where(e => e.Kind == SnapshotKind.Group).ToDictionary(e => e.Id, e => e.Name);
        return
            from entry in entries
            let state = states?.GetValueOrDefault(entry.Id)
            select new UnfinishedChild(
                groups[entry.ParentId!.Value],
                entry.Name,
                entry.State == SnapshotState.Waiting ? UnfinishedReason.NeverStarted : UnfinishedReason.StillRunning,
                entry.Elapsed,
                state is IHiddenState hidden ? hidden.State : state,
                state is IResumedWork { WillBeResumed: true });
    }
}
