namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="PendingStart{T}"/>: a stage that is left too late, twice or not at all.</summary>
internal static class PendingStartFaults
{
    public static Fault[] All => [.. OfStarts, .. BetweenStatements];

    private static Fault[] OfStarts => Fault.In(
        typeof(StartProgram),
    [
        new(
            "A starter that gives up reaches a child that is just getting ready",
            new Edit(
                "        switch (Leave(Stage.Abandoned))\n",
                "        if (_stage == Stage.GettingReady)\n            CancelChild();\n        else switch (Leave(Stage.Abandoned))\n")),
        new(
            "A failure is lost if the child is just getting ready",
            new Edit(
                "return Leave(Stage.Ended) == Stage.Started ? child : EndBeforeReady(child);",
                "bool isReady = _ready.Task.IsCompleted; Leave(Stage.Ended); return isReady ? child : EndBeforeReady(child);"),
            new Edit("        _ready.SetException(failures);", "        _ready.TrySetException(failures);")),
        new(
            "A stage is left after a look that came before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            Stage before = _stage;\n",
                "        Stage before = _stage;\n        lock (_lock)\n        {\n")),
        new(
            "A child whose start was abandoned while it waited is invoked",
            new Edit(
                "Leave(Stage.GettingReady) == Stage.Waiting ?",
                "Leave(Stage.GettingReady) is Stage.Waiting or Stage.Abandoned ?")),
        new(
            "A child that is taken out of the queue keeps its hold",
            new Edit(
                "            child.Reject();\n            group.HostContext.OnPlaceFreed?.Invoke();\n",
                "            group.HostContext.OnPlaceFreed?.Invoke();\n")),
        new(
            "The starter's token is forgotten before it is known who came first",
            new Edit("                _callerToken = default;\n", ""),
            new Edit(
                "        switch (Leave(Stage.Started))\n",
                "        _callerToken = default;\n        switch (Leave(Stage.Started))\n")),
        new(
            "An abandoned start ends before its child has left the queue",
            new Edit(
                "                LeaveQueue();\n                CancelStart(_callerToken);",
                "                CancelStart(_callerToken);\n                LeaveQueue();")),
        new(
            "A child that is queued after its start was abandoned stays in the queue",
            new Edit(
                "            if (IsAbandoned)\n            {\n                LeaveQueue(); // it may have come into the queue after that\n"
                    + "            }",
                "")) { Seed = 1872 },
    ]);

    private static Fault[] BetweenStatements => Fault.In(typeof(StartProgram), Fault.BetweenStatements(
    [
        new(
            "A stage is left without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            Stage before = _stage;",
                "        {\n            Stage before = _stage;")),
    ]));
}
