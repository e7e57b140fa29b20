namespace TaskGroups;

/// <summary>Describes one group or one child in a <see cref="TaskGroupSnapshot"/>.</summary>
/// <param name="Id">Identifies the group or child within this process; the same in every snapshot.</param>
/// <param name="ParentId">The <see cref="Id"/> of the owning group; <see langword="null"/> for the group that was asked.</param>
/// <param name="Kind">Whether this is a group or a child.</param>
/// <param name="Name">The name as it is shown: at most 128 characters, no control characters, no literals of source text.</param>
/// <param name="State">What it was doing.</param>
/// <param name="StartedAt">
/// When the group was opened, or the child's delegate was invoked; of a child that waits for a slot, when it was given to its group. Good
/// to some
/// milliseconds, as <paramref name="Elapsed"/> is.
/// </param>
/// <param name="Elapsed">
/// The time since <paramref name="StartedAt"/>, good to some milliseconds; of a completed group the time until it was joined, if it tracks
/// its children.
/// </param>
/// <param name="SinceCancellation">The time since the group was canceled; <see langword="null"/> if it was not.</param>
/// <param name="CancellationReason">What canceled the group, or the child's group.</param>
/// <param name="RunningCount">For a group its running children, without the body and nested groups; for a child 0.</param>
/// <param name="WaitingCount">For a group its waiting children; for a child 0.</param>
/// <remarks>Immutable, thus safe to share between threads.</remarks>
public sealed record TaskGroupSnapshotEntry(
    long Id,
    long? ParentId,
    SnapshotKind Kind,
    string Name,
    SnapshotState State,
    DateTimeOffset StartedAt,
    TimeSpan Elapsed,
    TimeSpan? SinceCancellation,
    CancellationReason CancellationReason,
    int RunningCount,
    int WaitingCount);
