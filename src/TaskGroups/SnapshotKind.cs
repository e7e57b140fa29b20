namespace TaskGroups;

/// <summary>Says what a <see cref="TaskGroupSnapshotEntry"/> describes.</summary>
public enum SnapshotKind
{
    /// <summary>A group: the one that was asked, or one nested in it.</summary>
    Group,

    /// <summary>A child of the group that <see cref="TaskGroupSnapshotEntry.ParentId"/> names.</summary>
    Child,
}
