namespace TaskGroups.Hosting;

/// <summary>What the drain gives a background group: time to finish, and time to end once it is canceled.</summary>
internal readonly record struct DrainBudget(TimeSpan DrainTimeout, TimeSpan CancelTimeout);
