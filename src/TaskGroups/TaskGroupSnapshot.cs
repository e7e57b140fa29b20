namespace TaskGroups;

/// <summary>Shows what a group, its children and its nested groups were doing at one moment.</summary>
/// <param name="TakenAt">The moment, by the group's <see cref="TaskGroupOptions.TimeProvider"/>.</param>
/// <param name="Entries">
/// The group first; each group is followed by its children, then by its nested groups. The list is flat, since serializers
/// fail on deep trees: <see cref="TaskGroupSnapshotEntry.ParentId"/> gives the levels. Children are listed only where
/// <see cref="TaskGroupOptions.TrackChildren"/> holds; counts are always there.
/// </param>
/// <remarks>Immutable, thus safe to share between threads.</remarks>
public sealed record TaskGroupSnapshot(DateTimeOffset TakenAt, IReadOnlyList<TaskGroupSnapshotEntry> Entries);
