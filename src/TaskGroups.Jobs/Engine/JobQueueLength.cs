namespace TaskGroups.Jobs;

/// <summary>The jobs of one name that wait.</summary>
/// <param name="Job">The name.</param>
/// <param name="Waiting">How many wait: for their time, a place, a node or their next attempt.</param>
/// <param name="OldestDueAt">When the one that is due for the longest time became due; <see langword="null"/> if none is due.</param>
internal sealed record JobQueueLength(string Job, long Waiting, DateTimeOffset? OldestDueAt);
