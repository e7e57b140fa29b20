namespace TaskGroups;

/// <summary>A copy of one line of a roster: what a <see cref="Member"/> said at one moment.</summary>
internal readonly record struct RosterLine(long Id, string Name, TaskGroup? Nested, long Since, bool IsWaiting, bool HasBegun);
