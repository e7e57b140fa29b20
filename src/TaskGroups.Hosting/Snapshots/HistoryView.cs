using System.Text.Json.Serialization;

namespace TaskGroups.Hosting;

/// <summary>The groups that have ended, newest first. The live page's JSON.</summary>
/// <param name="TakenAt">When it was read.</param>
/// <param name="Groups">What it holds.</param>
/// <param name="Count">How many groups had ended by then, those that it has forgotten included.</param>
internal sealed record HistoryView(DateTimeOffset TakenAt, IReadOnlyList<EndedGroupView> Groups, [property: JsonIgnore] long Count);

/// <summary>
/// A group that has ended: what a snapshot says of a group, how it ended, and its children. Types of failures, never messages.
/// </summary>
internal sealed record EndedGroupView(
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
    string Outcome,
    DateTimeOffset EndedAt,
    string? FailureType,
    string? CanceledBy,
    IReadOnlyList<EndedChildView> Children);

/// <summary>A child that has ended. <paramref name="FailureType"/> is the full name of the exception's type.</summary>
internal sealed record EndedChildView(
    long Id, string Name, DateTimeOffset StartedAt, long ElapsedMs, string Outcome, string? FailureType);
