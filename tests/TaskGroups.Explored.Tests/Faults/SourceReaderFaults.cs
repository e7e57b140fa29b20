namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="SourceReader"/>: a source that is read too early, too long, or not disposed.</summary>
internal static class SourceReaderFaults
{
    public static Fault[] All => Fault.In(
        typeof(StreamProgram),
    [
        new(
            "The source is read before there is room",
            new Edit("        await waitForCapacity().ConfigureAwait(false);\n", ""),
            new Edit(
                "        return await items.MoveNextAsync().ConfigureAwait(false);",
                "        bool hasNext = await items.MoveNextAsync().ConfigureAwait(false);\n        await "
                    + "waitForCapacity().ConfigureAwait(false);\n"
                    + "        return hasNext;")),
        new(
            "A source is read on when its group is ending",
            new Edit("        if (group.IsEnding)\n", "        if (group.IsCompleted)\n")) { Seed = 339 },
        new(
            "A source is not disposed",
            new Edit(
                "            await items.DisposeAsync().ConfigureAwait(false);\n",
                "            await Task.CompletedTask;\n")),
    ]);
}
