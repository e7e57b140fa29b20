using System.Globalization;

namespace TaskGroups.Explored;

/// <summary>How much the tests explore, by environment variables.</summary>
internal static class Budget
{
    /// <summary>
    /// TASKGROUPS_SCHEDULES: how many random schedules to run; <see langword="null"/>: what fits in a minute, and never less than
    /// <see cref="Least"/>.
    /// </summary>
    public static int? Schedules { get; } = Number("TASKGROUPS_SCHEDULES");

    /// <summary>TASKGROUPS_SEED: the first seed.</summary>
    public static int Seed { get; } = Number("TASKGROUPS_SEED") ?? 1;

    /// <summary>TASKGROUPS_PREEMPTIONS: how many preemptions the exhaustive tests of three children allow.</summary>
    public static int? Preemptions { get; } = Number("TASKGROUPS_PREEMPTIONS");

    /// <summary>TASKGROUPS_WHOLE=1: every schedule of every set of three children that complete or fail, which takes hours.</summary>
    public static bool IsWhole { get; } = Number("TASKGROUPS_WHOLE") == 1;

    public static int Least => 100_000;

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
