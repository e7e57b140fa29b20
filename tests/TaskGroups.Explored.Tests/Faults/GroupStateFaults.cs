namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="GroupState"/>: a step in two, a look that is too old, a hold that is lost.</summary>
internal static class GroupStateFaults
{
    public static Fault[] All =>
    [
        new(
            "TryAdmit adds without looking again",
            new Edit(
                "long before = Interlocked.CompareExchange(ref _word, seen + (asChild ? Hold + Child : Hold), seen);",
                "long before = seen; Interlocked.Add(ref _word, asChild ? Hold + Child : Hold);")) { Seed = 349 },
        new(
            "TryAdmit writes what it read plus one",
            new Edit(
                "long before = Interlocked.CompareExchange(ref _word, seen + (asChild ? Hold + Child : Hold), seen);",
                "long before = seen; Volatile.Write(ref _word, seen + (asChild ? Hold + Child : Hold));")),
        new(
            "A canceled group says that it is ending when it has completed",
            new Edit(
                "            if ((seen & Holds) == 0)\n            {\n                return Entry.Completed;",
                "            if ((seen & Holds) == 0 && (seen >> ReasonShift == 0 || evenIfEnding))\n            {\n                "
                    + "return Entry.Completed;")),
        new(
            "TryCancel succeeds twice",
            new Edit(
                "long before = Interlocked.CompareExchange(ref _word, (seen | ((long)reason << ReasonShift)) + Hold, seen);",
                "long before = seen; Interlocked.Add(ref _word, Hold); Interlocked.Or(ref _word, (long)reason << ReasonShift);")),
        new(
            "A child's end is two steps",
            new Edit(
                "public bool ReleaseChild() => (Interlocked.Add(ref _word, -(Hold + Child)) & Holds) == 0;",
                "public bool ReleaseChild() { bool isLast = Release(); ReleaseChildCount(); return isLast; }")),
        new(
            "TryCompleteAlone looks first",
            new Edit(
                "return Interlocked.CompareExchange(ref _word, 0, alone) == alone;",
                "if (Volatile.Read(ref _word) != alone) return false; Volatile.Write(ref _word, 0); return true;")),
        new(
            "A start is refused when its step was overtaken",
            new Edit(
                "                return Entry.Admitted;\n            }\n",
                "                return Entry.Admitted;\n            }\n\n            if (asChild) return Entry.Ending;")),
    ];
}
