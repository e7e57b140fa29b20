namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="ConcurrencyLimiter"/>: slots lost, free too early or taken twice, and waits that are forgotten.</summary>
internal static class ConcurrencyLimiterFaults
{
    public static Fault[] All => [.. OfGroups, .. OfStreams, .. BetweenStatements];

    private static Fault[] OfGroups =>
    [
        new("A slot is lost", new Edit("            _taken--;\n", "")),
        new(
            "A slot comes back in two steps",
            new Edit("            _taken--;\n", "        }\n\n        lock (_lock)\n        {\n            _taken--;\n")),
        new(
            "A slot is free for a moment while children wait",
            new Edit(
                "            if (_waiting.TryDequeue(out ILimitedChild? next))\n            {\n",
                "            _taken--;\n        }\n\n        lock (_lock)\n        {\n"
                    + "            if (_taken < size && _waiting.TryDequeue(out ILimitedChild? next))\n            {\n                "
                    + "_taken++;\n"),
            new Edit(
                "                return next;\n            }\n\n            _taken--;\n",
                "                return next;\n            }\n\n")),
        new("A child waits though a slot is free", new Edit("if (_taken < size)\n", "if (_taken + 1 < size || _taken == 0)\n")),
        new(
            "A slot is taken after a look that came before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size)\n            {\n                "
                    + "_taken++;\n                return Admission.Admitted;\n            }\n\n",
                "        bool isFree = _taken < size;\n        lock (_lock)\n        {\n"
                    + "            if (isFree)\n            {\n                _taken++;\n                return "
                    + "Admission.Admitted;\n            }\n\n")) { Seed = 552 },
        new(
            "Whether the queue is full is asked before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size)\n            {\n                _taken++;\n"
                    + "                return Admission.Admitted;\n            }\n\n            if (_waiting.Count >= maxWaiting)",
                "        bool isFull = _waiting.Count >= maxWaiting;\n        lock (_lock)\n        {\n            if (_taken < size)\n"
                    + "            {\n                _taken++;\n                return Admission.Admitted;\n            }\n\n"
                    + "            if (isFull)")) { Seed = 7632 },
        new(
            "Whether there is capacity is asked before the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size || _isClosed)",
                "        bool hasRoom = _taken < size || _isClosed;\n        lock (_lock)\n        {\n            if (hasRoom)"))
            { Seed = 21403 },
        new(
            "The code that waits for capacity is looked up before the slot is back",
            new Edit(
                "        TaskCompletionSource? capacity;\n        lock (_lock)\n        {\n"
                    + "            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))\n            {\n"
                    + "                return next;\n            }\n\n"
                    + "            _taken--;\n            capacity = _capacity;",
                "        TaskCompletionSource? capacity = _capacity;\n        lock (_lock)\n        {\n"
                    + "            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))\n            {\n"
                    + "                return next;\n            }\n\n"
                    + "            _taken--;")) { Seed = 2229 },
    ];

    private static Fault[] OfStreams => Fault.In(
        typeof(StreamProgram),
    [
        new(
            "The code that waits for capacity is forgotten",
            new Edit(
                "            capacity = _capacity;\n            _capacity = null;\n        }\n",
                "            capacity = null;\n            _capacity = null;\n        }\n")),
        new(
            "The code that waits for capacity is forgotten when the queue is drained",
            new Edit(
                "                capacity = _capacity;\n                _capacity = null;\n",
                "                capacity = null;\n                _capacity = null;\n")),
        new(
            "Whether there is capacity is asked before the wait is written down",
            new Edit(
                "                return Task.CompletedTask;\n            }\n\n            // Not inline",
                "                return Task.CompletedTask;\n            }\n        }\n\n        lock (_lock)\n        {\n            "
                    + "// Not inline")),
    ]);

    private static Fault[] BetweenStatements => Fault.BetweenStatements(
    [
        new(
            "A slot is taken without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (_taken < size)",
                "        {\n            if (_taken < size)")),
        new(
            "A slot comes back without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))",
                "        {\n            _moves++;\n            if (_waiting.TryDequeue(out ILimitedChild? next))")) { Seed = 656 },
        new(
            "The queue is drained without the lock",
            new Edit(
                "        lock (_lock)\n        {\n            if (!isShared)",
                "        {\n            if (!isShared)")) { Seed = 840 },
    ]);
}
