namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="ContingentState"/>: the soft signal and the failures, without their lock or too late.</summary>
internal static class ContingentStateFaults
{
    public static Fault[] All => [.. OfGroups, .. BetweenStatements];

    private static Fault[] OfGroups =>
    [
        new(
            "A stop before the token was asked for is lost",
            new Edit(
                "                if (_isStopped)\n",
                "                if (_isUnobserved && _id == 1)\n")),
        new(
            "A stop fires only a signal that no code has",
            new Edit("bool first = !_isStopped;", "bool first = !_isStopped && _stopping is null;")),
    ];

    private static Fault[] BetweenStatements => Fault.BetweenStatements(
    [
        new(
            "Failures are recorded without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            _failures ??= new FailureList();",
                "        {\n            _failures ??= new FailureList();")) { Seed = 1340 },
        new(
            "The soft signal is made without the lock",
            HarmlessEdits.OnlyTheProgramThatAsksTwice,
            new Edit(
                "        lock (_lock)\n        {\n            if (_stopping is null)",
                "        {\n            if (_stopping is null)")),
        new(
            "A stop that comes while the soft signal is made is lost",
            HarmlessEdits.OnlyTheProgramThatAsksTwice,
            new Edit(
                "        lock (_lock)\n        {\n            if (_stopping is null)",
                "        bool isStopped = _isStopped;\n"
                + "        lock (_lock)\n        {\n            if (_stopping is null)"),
            new Edit("                if (_isStopped)\n", "                if (isStopped)\n")),
    ]);
}
