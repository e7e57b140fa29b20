namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="ChildRegistry"/>: the ring of records without its lock, and state that is made twice.</summary>
internal static class ChildRegistryFaults
{
    public static Fault[] All => [.. OfGroups, .. BetweenStatements];

    private static Fault[] OfGroups =>
    [
        new(
            "The contingent state is made twice",
            new Edit("return _contingent ??= new ContingentState();", "return _contingent = new ContingentState();")),
    ];

    private static Fault[] BetweenStatements => Fault.BetweenStatements(
    [
        new(
            "Nested groups enter the registry without its lock",
            new Edit(
                "        lock (Lock)\n        {\n            ChildRecord first = _first ??= record;",
                "        {\n            ChildRecord first = _first ??= record;")) { Seed = 488 },
        new(
            "Nested groups leave the registry without its lock",
            new Edit(
                "        lock (Lock)\n        {\n            record.Previous!.Next = record.Next;",
                "        {\n            record.Previous!.Next = record.Next;")) { Seed = 835 },
        new(
            "Nested groups are copied without the registry's lock",
            HarmlessEdits.OnlyTheProgramOfTwoNested,
            new Edit(
                "        var nested = new List<TaskGroup>();\n        lock (Lock)",
                "        var nested = new List<TaskGroup>();")) { Seed = 729 },
    ]);
}
