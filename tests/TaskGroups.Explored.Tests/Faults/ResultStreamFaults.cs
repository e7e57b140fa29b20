namespace TaskGroups.Explored;

/// <summary>Faults in <see cref="ResultStream{TSource, TResult}"/>: the window, the producers and the order of a stream.</summary>
internal static class ResultStreamFaults
{
    public static Fault[] All => Fault.In(
        typeof(StreamProgram),
    [
        new(
            "A place in the window is not returned",
            new Edit("            _window.Release(); // the consumer is done with the item before\n", "")),
        new("A place in the window is returned twice", new Edit("_window.Release(); //", "_window.Release(); _window.Release(); //")),
        new(
            "A place in the window is returned while the consumer has the item",
            new Edit("        if (_hasTaken)\n", "        if (false)\n"),
            new Edit("        _hasTaken = true;\n", "        _hasTaken = true;\n        _window.Release();\n")),
        new(
            "A source reader that waits for the window is not told of a cancellation",
            new Edit("_window.WaitAsync(group.CancellationToken)", "_window.WaitAsync(default)")),
        new(
            "A producer is counted after it may be done",
            new Edit("        Interlocked.Increment(ref _pendingProducers);\n", ""),
            new Edit(
                "            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => OnProducerDone(child));\n        }\n",
                "            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => OnProducerDone(child));\n        }\n\n"
                    + "        Interlocked.Increment(ref _pendingProducers);\n")),
        new(
            "The last producer is not taken for the last",
            new Edit("Decrement(ref _pendingProducers) == 0", "Decrement(ref _pendingProducers) == 1")),
        new("The channel never ends", new Edit("Decrement(ref _pendingProducers) == 0", "Decrement(ref _pendingProducers) < 0")),
        new(
            "A child is written after it is counted out",
            new Edit(
                "        _children.Writer.TryWrite(child);\n        OnProducerDone();\n",
                "        OnProducerDone();\n        _children.Writer.TryWrite(child);\n")) { Seed = 457 },
        new(
            "A source reader that has ended at once is not counted out",
            new Edit("            OnProducerDone(); // on the spot, as a child does\n", "")),
        new(
            "A source reader that ends later is not counted out",
            new Edit("UnsafeOnCompleted(OnProducerDone);", "UnsafeOnCompleted(() => { });")),
        new(
            "In order means as completed",
            new Edit("        if (preserveOrder)\n", "        if (preserveOrder && child.IsCompleted)\n")),
        new(
            "What did not succeed is left out",
            new Edit("return FirstUnsuccessful is null ? child : null;", "return FirstUnsuccessful is null ? child : await NextAsync();")),
    ]);
}
