namespace TaskGroups.Explored;

/// <summary>What goes through the items of a source.</summary>
internal enum Way
{
    /// <summary><c>StreamAsync</c> in the order of the source.</summary>
    InOrder,

    /// <summary><c>StreamAsync</c> in the order of completion.</summary>
    AsCompleted,

    /// <summary><c>ForEachAsync</c>.</summary>
    ForEach,

    /// <summary><c>MapAsync</c>.</summary>
    Map,
}

/// <summary>What the child of an item does once it has been invoked.</summary>
internal enum Item
{
    /// <summary>Yields its result when its turn comes, or ends canceled when it is told.</summary>
    Completes,

    /// <summary>Yields its result when its turn comes, whatever it is told.</summary>
    CompletesAnyway,

    EndsAtOnce,

    /// <summary>Fails when its turn comes, or ends canceled when it is told.</summary>
    Fails,

    FailsAtOnce,

    /// <summary>Ends when it is told to, and only then.</summary>
    Blocks,

    /// <summary>As before, and also when the soft signal comes, with its token.</summary>
    Soft,
}

/// <summary>What the reader of a stream does.</summary>
internal enum Reader
{
    ReadsOn,

    /// <summary>Leaves the loop with the first item.</summary>
    Leaves,

    /// <summary>Reads on with a token that fires at any moment.</summary>
    IsCanceled,
}

/// <summary>A source, what becomes of its items, and who interferes.</summary>
internal sealed record StreamPlan(Way Way, int Limit, params Item[] Items)
{
    public Reader Reader { get; init; }

    /// <summary>Whether each item of the source comes when its turn comes, and not at once. Such a source obeys both signals.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Whether the source fails where it should end.</summary>
    public bool EndsBadly { get; init; }

    /// <summary>Whether an actor cancels the outer group at any moment.</summary>
    public bool IsCanceled { get; init; }

    /// <summary>Whether an observer of the group of the call cancels that group, at any moment.</summary>
    public bool IsCanceledInside { get; init; }

    /// <summary>Whether an actor stops the outer group at any moment.</summary>
    public bool IsStopped { get; init; }

    public bool IsStream => Way is Way.InOrder or Way.AsCompleted;

    /// <summary>A plan that depends on the seed alone.</summary>
    public static StreamPlan OfSeed(int seed)
    {
        var random = new Random(seed);
        Way way = Any<Way>(random);
        return new StreamPlan(way, random.Next(1, 3), [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Any<Item>(random))])
        {
            Reader = way is Way.InOrder or Way.AsCompleted ? Any<Reader>(random) : Reader.ReadsOn,
            IsSlow = random.Next(2) == 0,
            EndsBadly = random.Next(5) == 0,
            IsCanceled = random.Next(3) == 0,
            IsCanceledInside = random.Next(6) == 0,
            IsStopped = random.Next(3) == 0,
        };
    }

    public override string ToString() =>
        $"{Way} [{string.Join(' ', Items)}] at most {Limit} {Reader}" + (IsSlow ? " slow" : "") + (EndsBadly ? " source fails" : "")
        + (IsCanceled ? " canceled" : "") + (IsCanceledInside ? " canceled inside" : "") + (IsStopped ? " stopped" : "");

    private static T Any<T>(Random random)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        return values[random.Next(values.Length)];
    }
}
