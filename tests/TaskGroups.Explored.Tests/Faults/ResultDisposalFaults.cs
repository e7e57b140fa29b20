namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="ResultDisposal"/>: a result that is disposed twice.</summary>
internal static class ResultDisposalFaults
{
    public static Fault[] All => Fault.In(typeof(RaceProgram), Fault.BetweenStatements(
    [
        new(
            "A result that two losers share is disposed by both",
            new Edit(
                " =>\n        result is IAsyncDisposable or IDisposable "
                    + "&& _settled.TryAdd(result, null) ? DisposeNowAsync(result) : default;",
                "\n    {\n"
                    + "        bool isSettled = _settled.TryGetValue(result!, out _);\n        _settled.AddOrUpdate(result!, null);\n"
                    + "        return isSettled ? default : DisposeNowAsync(result);\n    }")) { Seed = 11010 },
    ]));
}
