namespace TaskGroups.Testing;

/// <summary>What an exploration of one program found.</summary>
/// <param name="Schedules">How many schedules were run.</param>
/// <param name="States">How many states were told apart; 0 if none were remembered.</param>
/// <param name="Outcomes">The outcomes that occurred.</param>
/// <param name="Seed">The seed of the failing schedule, if it was random.</param>
/// <param name="Failure">The first schedule that failed, with its trail; <see langword="null"/> if none did.</param>
public sealed record ExplorationResult(
    long Schedules, long States, IReadOnlySet<string> Outcomes, int? Seed, ExploredSchedule? Failure);
