namespace TaskGroups.Explored;

/// <summary>
/// Edits that are no faults: they walk one program, or make a number small, so that a race of a few instructions comes up often enough.
/// </summary>
internal static class HarmlessEdits
{
    public static Edit OnlyTheProgramThatCounts => Only("Small[^1]");

    public static Edit OnlyTheProgramCanceledTwice => Only("Small[^2]");

    public static Edit OnlyTheProgramThatAsksTwice => Only("Small[^16]");

    public static Edit OnlyTheProgramOfTwoNested => Only("Small[^6]");

    public static Edit OnlySmallPrograms => Only("Small[random.Next(Small.Length)]");

    /// <summary>A bias so small that programs use it up.</summary>
    public static Edit TinyBias => new("if (_counts >> 32 == GroupState.MaxBiasedCount)", "if (_counts >> 32 == 2)");

    public static Fault CoreOfTinyBias { get; } = new(nameof(CoreOfTinyBias), TinyBias);

    /// <summary>The core as it is, with a step for each statement.</summary>
    public static Fault CoreWithSteps { get; } = new(nameof(CoreWithSteps)) { IsBetweenStatements = true };

    public static Fault SmallProgramsWithSteps { get; } =
        new(nameof(SmallProgramsWithSteps), OnlySmallPrograms) { IsBetweenStatements = true };

    private static Edit Only(string program) => new(
        "return random.Next(3) == 0 ? Small[random.Next(Small.Length)] : Large(random, depth: 0);",
        $"return {program};");
}
