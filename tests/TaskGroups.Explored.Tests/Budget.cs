using System.Globalization;

namespace TaskGroups.Explored;

/// <summary>
/// How much the tests explore. Without environment variables it is the short form: every planted fault, every small program, and a sample
/// of the rest.
/// </summary>
internal static class Budget
{
    private static readonly int? GivenSeed = Number("TASKGROUPS_SEED");
    private static readonly int? GivenPreemptions = Number("TASKGROUPS_PREEMPTIONS");
    private static readonly int? GivenSchedules = Number("TASKGROUPS_SCHEDULES");

    /// <summary>TASKGROUPS_EXPLORE=deep: more preemptions, and ten to forty times as many random schedules.</summary>
    public static bool IsDeep { get; } = Environment.GetEnvironmentVariable("TASKGROUPS_EXPLORE") switch
    {
        null or "" => false,
        "deep" => true,
        string other => throw new InvalidOperationException($"TASKGROUPS_EXPLORE is '{other}'. Set it to 'deep', or leave it out."),
    };

    /// <summary>TASKGROUPS_SEED: the first seed.</summary>
    public static int Seed { get; } = GivenSeed ?? 1;

    /// <summary>Whether a walk that looks for a planted fault begins with the seed that found it before.</summary>
    public static bool TriesKnownSeeds => !IsDeep && GivenSeed is null;

    /// <summary>TASKGROUPS_WHOLE=1: every schedule of every set of three children that complete or fail, which takes hours.</summary>
    public static bool IsWhole { get; } = Number("TASKGROUPS_WHOLE") == 1;

    /// <summary>How many preemptions an exhaustive test allows; TASKGROUPS_PREEMPTIONS wins over both forms.</summary>
    public static int Preemptions(int inShort, int inDeep) => GivenPreemptions ?? (IsDeep ? inDeep : inShort);

    /// <summary>How many random schedules a test runs; TASKGROUPS_SCHEDULES wins over both forms.</summary>
    public static int Schedules(int inShort, int inDeep) => GivenSchedules ?? (IsDeep ? inDeep : inShort);

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
