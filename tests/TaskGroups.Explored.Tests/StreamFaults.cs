namespace TaskGroups.Explored;

/// <summary>The faults of streams and loops that the explorer must find.</summary>
internal static class StreamFaults
{
    public static Fault[] All { get; } = Faults.In(
        typeof(StreamProgram),
    [
        new(
            "A place is not given back",
            new Edit("            _window.Release(); // the consumer is done with the item before\n", "")),
        new("A place is given back twice", new Edit("_window.Release(); //", "_window.Release(); _window.Release(); //")),
        new(
            "A place is given back while the reader has the item",
            new Edit("        if (_hasTaken)\n", "        if (false)\n"),
            new Edit("        _hasTaken = true;\n", "        _hasTaken = true;\n        _window.Release();\n")),
        new(
            "A feed that waits for a place is not told of a cancellation",
            new Edit("_window.WaitAsync(group.CancellationToken)", "_window.WaitAsync(default)")),
        new(
            "A child is counted after it may have come in",
            new Edit("        Interlocked.Increment(ref _pendingProducers);\n", ""),
            CountsLate),
        new(
            "The last to come in is not the last",
            new Edit("Decrement(ref _pendingProducers) == 0", "Decrement(ref _pendingProducers) == 1")),
        new("The channel never ends", new Edit("Decrement(ref _pendingProducers) == 0", "Decrement(ref _pendingProducers) < 0")),
        new(
            "A child comes in after it is counted out",
            new Edit(
                "        _children.Writer.TryWrite(child);\n        OnProducerDone();\n",
                "        OnProducerDone();\n        _children.Writer.TryWrite(child);\n")),
        new(
            "A feed that has ended at once does not come in",
            new Edit("            OnProducerDone(); // on the spot, as a child does\n", "")),
        new("A feed that ends later does not come in", new Edit("UnsafeOnCompleted(OnProducerDone);", "UnsafeOnCompleted(() => { });")),
        new(
            "In order means as completed",
            new Edit("        if (preserveOrder)\n", "        if (preserveOrder && child.IsCompleted)\n")),
        new(
            "What did not succeed is left out",
            new Edit("return FirstUnsuccessful is null ? child : null;", "return FirstUnsuccessful is null ? child : await NextAsync();")),
        new(
            "What did not succeed cancels nothing",
            new Edit("            stream.Cancel();\n            await", "            await")),
        new(
            "A stream whose child obeyed a stop looks whole",
            new Edit("            throw obedience;\n", "            _ = obedience;\n")),
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
                "{ Name = nameof(StreamAsync), FailurePolicy = preserveOrder ? FailurePolicy.CollectAll : FailurePolicy.FailFast };")),
        new(
            "Who leaves does not wait",
            new Edit(
                "                await stream.CloseAsync().ConfigureAwait(ConfigureAwaitOptions",
                "                _ = stream.CloseAsync();\n                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions")),
        new(
            "A reader that leaves cancels nothing",
            new Edit("stream.MarkUnobserved();\n                stream.Cancel();\n", "stream.MarkUnobserved();\n")),
        new(
            "A stream ends before its group",
            new Edit("        await stream.CloseAsync().ConfigureAwait(false);\n", "        _ = stream.CloseAsync();\n")),
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
            new Edit("        if (group.IsEnding)\n", "        if (group.IsCompleted)\n")),
        new(
            "A source is not disposed",
            new Edit(
                "            await items.DisposeAsync().ConfigureAwait(false);\n",
                "            await Task.CompletedTask;\n")),
        new(
            "Who waits for room is forgotten",
            new Edit(
                "            capacity = _capacity;\n            _capacity = null;\n        }\n",
                "            capacity = null;\n            _capacity = null;\n        }\n")),
        new(
            "Who waits for room is forgotten when the queue is emptied",
            new Edit(
                "                capacity = _capacity;\n                _capacity = null;\n",
                "                capacity = null;\n                _capacity = null;\n")),
        new(
            "Whether there is room is asked before who waits is written down",
            new Edit(
                "                return Task.CompletedTask;\n            }\n\n            // Not inline",
                "                return Task.CompletedTask;\n            }\n        }\n\n        lock (_lock)\n        {\n            "
                    + "// Not inline")),
        new(
            "A map does not wait for its children",
            new Edit(
                "                await Settled(children).ConfigureAwait(false);\n                return children.ConvertAll",
                "                return children.ConvertAll")),
    ]);

    private static Edit CountsLate => new(
        "            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => OnProducerDone(child));\n        }\n",
        "            child.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => OnProducerDone(child));\n        }\n\n"
            + "        Interlocked.Increment(ref _pendingProducers);\n");
}
