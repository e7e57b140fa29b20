namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="BiasedChildCount"/>: used by another thread or after its end, counted in two steps.</summary>
internal static class BiasedChildCountFaults
{
    public static Fault[] All => [.. OfGroups, .. BetweenStatements];

    private static Fault[] OfGroups =>
    [
        new("A closed count is used", new Edit(" && !Volatile.Read(ref _isClosed)", "")),
        new("Another thread uses the biased count", new Edit(" && ReferenceEquals(_thread, Thread.CurrentThread)", "")),
        new(
            "The child that uses up the bias is counted twice",
            HarmlessEdits.TinyBias,
            new Edit("            Close(); // the bias", "            Close(); _counts += Retained; // the bias")),
    ];

    private static Fault[] BetweenStatements => Fault.BetweenStatements(
    [
        new(
            "A biased child is retained in two steps",
            new Edit(
                "    public void Retain() => Change(Retained - 1);",
                "    public void Retain()\n    {\n        _counts--;\n        Change(Retained);\n    }")) { Seed = 2994 },
    ]);
}
