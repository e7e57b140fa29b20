using System.Text.Json.Serialization;

namespace TaskGroups.Hosting;

/// <summary>What the process is doing at one moment: its groups, their children, and the queues of jobs. The live page's JSON.</summary>
internal sealed record ProcessSnapshot(
    DateTimeOffset TakenAt,
    ProcessState Process,
    IReadOnlyList<GroupView> Groups,
    IReadOnlyList<ChildView> Children,
    IReadOnlyList<QueueView> Queues,
    bool Truncated)
{
    /// <summary>Whether the application stops.</summary>
    [JsonIgnore]
    public bool IsDraining => Process.State == "draining";

    /// <summary>The same without groups in which nothing runs or waits.</summary>
    public ProcessSnapshot WithoutIdleGroups()
    {
        HashSet<long> busy = [.. Children.Select(child => child.GroupId)];
        foreach (GroupView group in Groups.Reverse()) // a group comes before those in it
        {
            if (busy.Contains(group.Id) && group.ParentId is { } parent)
            {
                busy.Add(parent);
            }
        }

        return this with { Groups = [.. Groups.Where(group => busy.Contains(group.Id))] };
    }
}

/// <summary>The process itself. <paramref name="State"/> is <c>running</c> or <c>draining</c>.</summary>
internal sealed record ProcessState(string Name, DateTimeOffset StartedAt, string State);

/// <summary>
/// A group. <paramref name="State"/> is <c>open</c>, <c>ending</c> or <c>completed</c>; times are milliseconds.
/// <paramref name="LimitSetBy"/> is <c>caller</c> where a deadline of the caller's limits the group, and absent elsewhere.
/// <paramref name="CanceledBy"/> is the child whose failure has canceled the group, and absent elsewhere, as is
/// <paramref name="FailureType"/>. <paramref name="DrainTimeoutMs"/> and <paramref name="CancelTimeoutMs"/> are the budgets of a background
/// group at shutdown, and absent elsewhere.
/// </summary>
internal sealed record GroupView(
    long Id,
    long? ParentId,
    string Kind,
    string Name,
    string State,
    string? Reason,
    DateTimeOffset StartedAt,
    long ElapsedMs,
    long? SinceCancellationMs,
    long? RemainingMs,
    int Running,
    int Waiting,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LimitSetBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? CanceledBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FailureType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? DrainTimeoutMs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? CancelTimeoutMs)
{
    public static string? SetterOfLimit(TaskGroup group) => group.HasCallersDeadline ? "caller" : null;

    public static GroupView Of(TaskGroup group, TaskGroupSnapshotEntry entry, long? parentId, DrainBudget? drain)
    {
        FollowedGroup? followed = FollowedGroup.Of(group);
        return new(
            entry.Id,
            parentId,
            TelemetryWords.Of(group.HostContext.Kind),
            entry.Name,
            entry.State switch
            {
                SnapshotState.Ending => "ending",
                SnapshotState.Completed => "completed",
                _ => "open",
            },
            TelemetryWords.Of(entry.CancellationReason),
            entry.StartedAt,
            (long)entry.Elapsed.TotalMilliseconds,
            (long?)entry.SinceCancellation?.TotalMilliseconds,
            entry.State == SnapshotState.Completed ? null : (long?)group.RemainingTime?.TotalMilliseconds,
            entry.RunningCount,
            entry.WaitingCount,
            SetterOfLimit(group),
            followed?.CanceledBy,
            followed?.CanceledBy is null ? null : followed.FailureType,
            (long?)drain?.DrainTimeout.TotalMilliseconds,
            (long?)drain?.CancelTimeout.TotalMilliseconds);
    }
}

/// <summary>A child. <paramref name="State"/> is <c>waiting</c>, <c>running</c> or <c>ending</c>; times are milliseconds.</summary>
internal sealed record ChildView(
    long GroupId, long Id, string Name, string State, DateTimeOffset StartedAt, long ElapsedMs, long? SinceCancellationMs);

/// <summary>The jobs of one name that wait to be run, and how long the oldest has waited; <see langword="null"/> if none waits.</summary>
internal sealed record QueueView(string Job, long Waiting, long? OldestAgeMs);
