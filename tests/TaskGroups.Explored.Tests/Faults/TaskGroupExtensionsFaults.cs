namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="TaskGroupExtensions"/>, the combinators, file by file.</summary>
internal static class TaskGroupExtensionsFaults
{
    public static Fault[] All => [.. OfRace, .. OfRaceBetweenStatements, .. OfForEach, .. OfStream];

    // TaskGroupExtensions.Race.cs
    private static Fault[] OfRace => Fault.In(
        typeof(RaceProgram),
    [
        new(
            "A second winner takes the place of the first",
            new Edit("                if (_isWon)\n", "                if (_isWon && _failures is null)\n")),
        new(
            "A winner looks before the lock whether the race is won",
            new Edit(
                "            lock (_lock)\n            {\n                if (_isWon)\n                {\n                    return "
                    + "false;\n                }\n\n",
                "            if (_isWon)\n            {\n                return false;\n            }\n\n            lock "
                    + "(_lock)\n            {\n")),
        new(
            "A result that comes too late is kept",
            new Edit("await _results.DisposeAsync(task.Result).ConfigureAwait(false);", "await Task.CompletedTask;")),
        new(
            "A race that was canceled keeps its result",
            new Edit("await _results.TakeBackAsync(_result).ConfigureAwait(false);", "await Task.CompletedTask;")),
        new(
            "A race that all have lost when it is canceled succeeds without a result",
            new Edit(
                "                if (group.IsCutShort)\n",
                "                if (group.IsEnding && !group.IsCutShort) return default!;\n                if (group.IsCutShort)\n"))
            { Seed = 382 },
        new(
            "A failure among canceled contenders fails the race",
            new Edit(
                "                if (group.IsCutShort)\n",
                "                if (group.IsCutShort && _failures.Count == 0)\n")),
    ]);

    // TaskGroupExtensions.Race.cs
    private static Fault[] OfRaceBetweenStatements => Fault.In(typeof(RaceProgram), Fault.BetweenStatements(
    [
        new(
            "A race is won without the lock",
            new Edit(
                "        private bool TryWin(T result)\n        {\n            lock (_lock)",
                "        private bool TryWin(T result)\n        {")),
        new(
            "The winner's result is noted after others know of a winner",
            new Edit(
                "                _results?.HandOut(result);\n                return true;\n            }\n",
                "            }\n\n            _results?.HandOut(result);\n            return true;\n")),
    ]));

    // TaskGroupExtensions.ForEach.cs
    private static Fault[] OfForEach => Fault.In(
        typeof(StreamProgram),
    [
        new(
            "A map does not wait for its children",
            new Edit(
                "                await Settled(children).ConfigureAwait(false);\n                return children.ConvertAll",
                "                return children.ConvertAll")),
    ]);

    // TaskGroupExtensions.Stream.cs
    private static Fault[] OfStream => Fault.In(
        typeof(StreamProgram),
    [
        new(
            "What did not succeed cancels nothing",
            new Edit("            stream.Cancel();\n            await", "            await")),
        new(
            "A stream whose child obeyed a stop looks whole",
            new Edit("            throw obedience;\n", "            _ = obedience;\n")) { Seed = 1234 },
        new(
            "A stream whose source obeyed a stop looks whole",
            new Edit("        if (!pipe.Reader.IsCompletedSuccessfully)\n", "        if (pipe.Reader.IsFaulted)\n")),
        new(
            "A failure does not cancel what is left",
            new Edit(
                "{ Name = nameof(StreamAsync) };",
                "{ Name = nameof(StreamAsync), FailurePolicy = FailurePolicy.CollectAll };")),
        new(
            "A failure cancels what is left when its turn comes",
            new Edit(
                "{ Name = nameof(StreamAsync) };",
                "{ Name = nameof(StreamAsync), FailurePolicy = preserveOrder ? FailurePolicy.CollectAll : FailurePolicy.FailFast };"))
            { Seed = 732 },
        new(
            "A consumer that leaves does not wait",
            new Edit(
                "                await stream.CloseAsync().ConfigureAwait(ConfigureAwaitOptions",
                "                _ = stream.CloseAsync();\n                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions")),
        new(
            "A consumer that leaves cancels nothing",
            new Edit("stream.MarkUnobserved();\n                stream.Cancel();\n", "stream.MarkUnobserved();\n")),
        new(
            "A stream ends before its group",
            new Edit("        await stream.CloseAsync().ConfigureAwait(false);\n", "        _ = stream.CloseAsync();\n")),
    ]);
}
