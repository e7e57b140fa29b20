namespace TaskGroups;

// Former names, until the other packages have followed.
internal static class Names
{
    public static string OfGroup(string? name) => DisplayName.ForGroup(name);

    public static string OfChild(string? name) => DisplayName.ForChild(name);
}

internal static class Snapshots
{
    public static IEnumerable<TaskGroupSnapshotEntry> WhoRuns(TaskGroupSnapshot snapshot) => SnapshotBuilder.RunningEntries(snapshot);
}

public sealed partial class TaskGroup
{
    internal HostContext Origin => HostContext;

    internal ContingentState? ExtrasOrNone => Contingent;

    internal bool IsCancellation(Exception exception) => OutcomeClassifier.IsCancellation(this, exception);
}
