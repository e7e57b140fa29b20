namespace TaskGroups.Explored;

/// <summary>Says what must hold of a stream or a loop at each moment, and how it must have ended.</summary>
internal static class StreamOracle
{
    /// <summary>What must hold after every step.</summary>
    public static void Check(StreamProgram program, int doneWith)
    {
        StreamPlan plan = program.Plan;
        SourceScene source = program.Source;
        int alive = program.Items.Count(item => item.IsAlive);
        Rule(program.Items.All(item => item.Invoked <= 1), "an item has two children");
        Rule(source is { Opened: <= 1, Disposed: <= 1 }, "the source was opened or disposed twice");
        Rule(source.Disposed == 0 || !source.IsBeingRead, "the source was disposed while it was being read");
        if (plan.IsStream)
        {
            Rule(source.Moves <= plan.Limit + doneWith, $"{source.Moves} items were asked for, and the reader is done with {doneWith}");
        }
        else
        {
            Rule(
                alive + (source.IsBeingRead ? 1 : 0) <= plan.Limit,
                "more children run than may, or the source is read where no more may (R26)");
        }

        Rule(program.Received.TrueForAll(result => program.Items[result].HasResult), "a result came that no child has");
        Rule(program.Received.Distinct().Count() == program.Received.Count, "a result came twice");
        if (plan.Way == Way.InOrder)
        {
            Rule(program.Received.Index().All(each => each.Index == each.Item), "results came out of order, or one is missing among them");
        }

        if (program.Call is not { IsCompleted: true })
        {
            Rule(!program.IsOuterOver, "the group was over before the call in it (R7)");
            return;
        }

        Rule(alive == 0, "the call was over before a child of it (R1)");
        Rule(!source.IsBeingRead, "the call was over while the source was being read (R1)");
        Rule(source.Disposed == source.Opened, "the call was over before the source was disposed");
    }

    /// <summary>What must hold when nothing goes on by itself any more.</summary>
    public static void CheckQuiet(StreamProgram program, int doneWith)
    {
        StreamPlan plan = program.Plan;
        int alive = program.Items.Count(item => item.IsAlive);
        Rule(alive > 0, "nobody goes on, and there is no child to wait for");
        Rule(!program.IsCut, "all was canceled, and a child was not told");
        Rule(
            !program.IsStopped || !program.Items.Any(item => item is { Kind: Item.Soft, IsAlive: true }),
            "a child was not told to stop (R5)");
        Rule(FailuresOf(program).Length == 0, "something failed, and a child was not told (R9)");
        if (!plan.IsStream)
        {
            Rule(program.Source.IsOver || alive == plan.Limit, "there is room, and the source is not read (R26)");
            return;
        }

        int expected = plan.Way == Way.InOrder
            ? program.Items.TakeWhile(item => item.HasResult).Count()
            : program.Items.Count(item => item.HasResult);
        Rule(program.Received.Count == expected, "a result is there, and nobody reads it");
        Rule(
            plan.Way == Way.AsCompleted || program.Items[expected].IsAlive,
            "the next child in turn did not succeed, and the stream does not end");
        Rule(program.Source.IsOver || program.Source.Moves == plan.Limit + doneWith, "there is a place, and the source is not read");
    }

    /// <summary>What must hold at the end.</summary>
    public static void Verify(StreamProgram program)
    {
        Rule(program.IsOuterOver, "the group does not end");
        Rule(program.Call is { IsCompleted: true }, "the call does not end");
        Task call = program.Call!;
        StreamPlan plan = program.Plan;
        Failing[] failures = FailuresOf(program);
        bool hasLeft = plan.Reader == Reader.Leaves && program.Received.Count > 0;
        if (hasLeft)
        {
            Rule(call.IsCompletedSuccessfully, $"the reader left, and the loop ended {call.Status}");
            return;
        }

        if (failures.Length > 0)
        {
            VerifyFailure(plan, [.. call.Exception?.InnerExceptions ?? []], failures);
            int next = program.Items.TakeWhile(item => item.HasResult).Count();
            Rule(
                plan.Way != Way.InOrder || program.IsCut || program.IsStopped || program.Received.Count == next,
                "what was there and came next in order did not arrive, though something failed (R9)");
            return;
        }

        Rule(!call.IsFaulted, $"nothing failed, and the call did: {call.Exception?.InnerException}");
        Rule(!call.IsCanceled || program.IsCut || program.IsStopped, "the call was canceled, and nobody had asked for it");
        bool isExcused = program.IsStopped || plan.IsCanceledInside || plan.Items.Contains(Item.Soft);
        if (!call.IsCompletedSuccessfully || (plan.Way == Way.ForEach && isExcused))
        {
            return; // it owes no values: a child that obeys is done; a cancellation from outside gives the soft signal as well
        }

        Rule(program.Source.IsAtEnd && program.Items.All(item => item.HasResult), "the call succeeded, and something is missing (R18)");
        Rule(!plan.IsStream || program.Received.Count == program.Items.Length, "the stream looks whole, and results are missing (R18)");
        if (call is Task<int[]> map)
        {
            Rule(map.Result.SequenceEqual(Enumerable.Range(0, program.Items.Length)), "the results are others, or out of order");
        }
    }

    public static void Rule(bool holds, string broken)
    {
        if (!holds)
        {
            throw new InvalidOperationException(broken);
        }
    }

    // A loop throws the first failure; a task lists all.
    private static void VerifyFailure(StreamPlan plan, Exception[] thrown, Failing[] failures)
    {
        Rule(thrown.Length == (plan.IsStream ? 1 : failures.Length), $"{failures.Length} failures, and {thrown.Length} came out (R10)");
        Failing? first = Array.Find(failures, failure => failure.Exception == thrown[0]);
        Rule(first is not null, $"what came out is none of the failures: {thrown[0]}");
        Rule(Array.TrueForAll(failures, failure => failure.Until >= first!.From), "what came out is not the first failure (R10, R15)");
        Rule(plan.IsStream || Array.TrueForAll(failures, failure => thrown.Contains(failure.Exception)), "a failure is lost (R10)");
    }

    private static Failing[] FailuresOf(StreamProgram program) =>
        [.. program.Items.Select(item => item.Failure).Append(program.Source.Failure).OfType<Failing>()];
}
