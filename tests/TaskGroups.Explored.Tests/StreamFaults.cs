namespace TaskGroups.Explored;

/// <summary>The faults of streams and loops that the explorer must find.</summary>
internal static class StreamFaults
{
    private const string Pipe = "StreamPipe.cs";
    private const string Stream = "TaskGroupExtensions.Stream.cs";

    public static Fault[] All { get; } =
    [
        new(
            "A place is not given back",
            new Edit(Pipe, "            _places.Release(); // the consumer is done with the item before\n", "")),
        new("A place is given back twice", new Edit(Pipe, "_places.Release(); //", "_places.Release(); _places.Release(); //")),
        new(
            "A place is given back while the reader has the item",
            new Edit(Pipe, "        if (_hasTaken)\n", "        if (false)\n"),
            new Edit(Pipe, "        _hasTaken = true;\n", "        _hasTaken = true;\n        _places.Release();\n")),
        new(
            "A feed that waits for a place is not told of a cancellation",
            new Edit(Pipe, "_places.WaitAsync(group.CancellationToken)", "_places.WaitAsync(default)")),
        new(
            "A child is counted after it may have come in",
            new Edit(Pipe, "        Interlocked.Increment(ref _toCome);\n", ""),
            CountsLate),
        new("The last to come in is not the last", new Edit(Pipe, "Decrement(ref _toCome) == 0", "Decrement(ref _toCome) == 1")),
        new("The channel never ends", new Edit(Pipe, "Decrement(ref _toCome) == 0", "Decrement(ref _toCome) < 0")),
        new(
            "A child comes in after it is counted out",
            new Edit(
                Pipe,
                "        _children.Writer.TryWrite(child);\n        CameIn();\n",
                "        CameIn();\n        _children.Writer.TryWrite(child);\n")),
        new(
            "A feed that has ended at once does not come in",
            new Edit(Pipe, "            CameIn(); // on the spot, as a child does\n", "")),
        new("A feed that ends later does not come in", new Edit(Pipe, "UnsafeOnCompleted(CameIn);", "UnsafeOnCompleted(() => { });")),
        new(
            "In order means as completed",
            new Edit(Pipe, "        if (preserveOrder)\n", "        if (preserveOrder && child.IsCompleted)\n")),
        new(
            "What did not succeed is left out",
            new Edit(Pipe, "return Missing is null ? child : null;", "return Missing is null ? child : await NextAsync();")),
        new(
            "What did not succeed cancels nobody",
            new Edit(Stream, "        if (pipe.Missing is not null)\n        {\n            stream.Cancel();\n        }\n\n", "")),
        new(
            "A stream whose child obeyed a stop looks whole",
            new Edit(Stream, "            await obedient.ConfigureAwait(false);\n", "            _ = obedient;\n")),
        new(
            "A stream whose source obeyed a stop looks whole",
            new Edit(Stream, "        await pipe.Feed.ConfigureAwait(false); // a", "        // a")),
        new(
            "A failure does not cancel what is left",
            new Edit(Stream, "preserveOrder ? FailurePolicy.CollectAll : FailurePolicy.FailFast", "FailurePolicy.CollectAll")),
        new(
            "A failure in order cancels what comes before it",
            new Edit(Stream, "preserveOrder ? FailurePolicy.CollectAll : FailurePolicy.FailFast", "FailurePolicy.FailFast")),
        new(
            "Who leaves does not wait",
            new Edit(
                Stream,
                "        await stream.CloseAsync().ConfigureAwait(ConfigureAwaitOptions",
                "        _ = stream.CloseAsync();\n        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions")),
        new(
            "Who leaves cancels nobody",
            new Edit(Stream, "        stream.Forsake();\n        stream.Cancel();\n", "        stream.Forsake();\n")),
        new(
            "A stream ends before its group",
            new Edit(Stream, "        await stream.CloseAsync().ConfigureAwait(false);\n", "        _ = stream.CloseAsync();\n")),
        new(
            "The source is read before there is room",
            new Edit("Reading.cs", "        await whenRoom().ConfigureAwait(false);\n", ""),
            new Edit(
                "Reading.cs",
                "        return await items.MoveNextAsync().ConfigureAwait(false);",
                "        bool hasNext = await items.MoveNextAsync().ConfigureAwait(false);\n        await "
                    + "whenRoom().ConfigureAwait(false);\n"
                    + "        return hasNext;")),
        new(
            "A source is read on when its group is ending",
            new Edit("Reading.cs", "        if (group.IsEnding)\n", "        if (group.IsCompleted)\n")),
        new(
            "A source is not disposed",
            new Edit(
                "Reading.cs",
                "            await items.DisposeAsync().ConfigureAwait(false);\n",
                "            await Task.CompletedTask;\n")),
        new(
            "Who waits for room is forgotten",
            new Edit(
                "Slots.cs",
                "            room = _room;\n            _room = null;\n        }\n",
                "            room = null;\n            _room = null;\n        }\n")),
        new(
            "Who waits for room is forgotten when the queue is emptied",
            new Edit(
                "Slots.cs",
                "            room = _room;\n            _room = null;\n            dropped",
                "            room = null;\n            _room = null;\n            dropped")),
        new(
            "Whether there is room is asked before who waits is written down",
            new Edit(
                "Slots.cs",
                "                return Task.CompletedTask;\n            }\n\n            // Not inline",
                "                return Task.CompletedTask;\n            }\n        }\n\n        lock (_lock)\n        {\n            "
                    + "// Not inline")),
        new(
            "A map does not wait for its children",
            new Edit("TaskGroupExtensions.ForEach.cs", "                await Settled(children).ConfigureAwait(false);\n", "")),
    ];

    private static Edit CountsLate => new(
        Pipe,
        "            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => CameIn(child));\n        }\n",
        "            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => CameIn(child));\n        }\n\n"
            + "        Interlocked.Increment(ref _toCome);\n");
}
