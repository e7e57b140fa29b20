namespace TaskGroups.Explored;

/// <summary>The faults that the explorer must find. They lie in files after the type of the core that they are planted in.</summary>
internal static class Faults
{
    public static Fault[] All { get; } =
    [
        .. GroupStateFaults.All,
        .. BiasedChildCountFaults.All,
        .. TaskGroupFaults.All,
        .. GroupTreeFaults.All,
        .. OutcomeRulesFaults.All,
        .. ContingentStateFaults.All,
        .. ChildRegistryFaults.All,
        .. ConcurrencyLimiterFaults.All,
        .. QueuedChildFaults.All,
        .. TaskGroupExtensionsFaults.All,
        .. PendingStartFaults.All,
        .. ResultDisposalFaults.All,
        .. ResultStreamFaults.All,
        .. SourceReaderFaults.All,
    ];

    /// <summary>All, and the cores without a fault, in which the explorer must find nothing.</summary>
    public static Fault[] AndHarmless { get; } =
        [.. All, HarmlessEdits.CoreOfTinyBias, HarmlessEdits.CoreWithSteps, HarmlessEdits.SmallProgramsWithSteps];

    /// <summary>Those of groups, where each operation is a step.</summary>
    public static Fault[] OfGroups { get; } =
        [.. All.Where(fault => !fault.IsBetweenStatements && fault.Program == typeof(GroupProgram))];

    /// <summary>Those of combinators, where each operation is a step.</summary>
    public static Fault[] OfCombinators { get; } =
        [.. All.Where(fault => !fault.IsBetweenStatements && fault.Program != typeof(GroupProgram))];

    /// <summary>Those that show only where each statement is a step.</summary>
    public static Fault[] BetweenStatements { get; } = [.. All.Where(fault => fault.IsBetweenStatements)];
}
