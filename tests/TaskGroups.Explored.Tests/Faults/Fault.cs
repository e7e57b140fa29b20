namespace TaskGroups.Explored;

/// <summary>One fault that is planted in the core, by edits of its sources.</summary>
internal sealed record Fault(string Name, params Edit[] Edits)
{
    /// <summary>The kind of program in which the fault shows: a type with a method <c>Of</c> that makes one from a seed.</summary>
    public Type Program { get; init; } = typeof(GroupProgram);

    /// <summary>Whether the fault shows only where each statement is a step.</summary>
    public bool IsBetweenStatements { get; init; }

    /// <summary>
    /// A seed that finds a fault which takes many schedules: the short form tries it first. After a change of the core it may find nothing,
    /// which costs time alone; the test prints the seed that does.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>Faults that show in programs of another kind.</summary>
    public static Fault[] In(Type program, Fault[] faults) => [.. faults.Select(fault => fault with { Program = program })];

    /// <summary>Faults that show only where each statement is a step.</summary>
    public static Fault[] BetweenStatements(Fault[] faults) => [.. faults.Select(fault => fault with { IsBetweenStatements = true })];
}

/// <summary>A text that occurs once in the core, or in the programs, and its replacement.</summary>
internal sealed record Edit(string Text, string Replacement);
