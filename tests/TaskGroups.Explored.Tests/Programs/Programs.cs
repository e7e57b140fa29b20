namespace TaskGroups.Explored;

/// <summary>The programs that the tests explore.</summary>
internal static class Programs
{
    private static readonly Child[] CoreKinds =
        [Child.Completes, Child.FailsAnyway, Child.EndsAtOnce, Child.FailsAtOnce, Child.Blocks, Child.Cancels];

    /// <summary>What happens from outside in the programs of three children; the first entry is nothing.</summary>
    public static Outside[][] Interferences { get; } =
        [[], [Outside.Cancel], [Outside.CallerToken], [Outside.Stop], [Outside.Run], [Outside.TryRun], [Outside.Nested], [Outside.Timeout]];

    /// <summary>How many of the small programs are small enough for every schedule to be run in seconds.</summary>
    public const int Smallest = 11;

    /// <summary>Small programs, each around one race.</summary>
    public static GroupPlan[] Small { get; } =
    [
        new(Body.Ends) { Outside = [Outside.Run] },
        new(Body.Waits, Child.Completes) { Outside = [Outside.TryRun] },
        new(Body.Waits) { Outside = [Outside.Cancel, Outside.CallerToken] },
        new(Body.Waits, Child.FailsAnyway) { Outside = [Outside.Cancel] },
        new(Body.Ends, Child.FailsAnyway, Child.FailsWhenTold),
        new(Body.Ends, Child.Blocks) { Outside = [Outside.Cancel] },
        new(Body.Ends, Child.Completes, Child.Completes) { MaxConcurrency = 1, MaxWaiting = 0, Outside = [Outside.Run] },
        new(Body.Ends, Child.Completes, Child.Completes) { Start = ChildStart.Queued },
        new(Body.Ends, Child.Soft) { Outside = [Outside.Stop] },
        new(Body.Ends) { Nested = [new(Body.Ends, Child.Completes)] },
        new(Body.Fails, Child.Blocks) { Policy = FailurePolicy.Supervise },
        new(Body.Ends, Child.Starts) { Outside = [Outside.Cancel] },
        new(Body.Waits, Child.Stubborn) { MaxConcurrency = 1, Outside = [Outside.Run, Outside.Cancel] },
        new(Body.Ends) { Outside = [Outside.Nested, Outside.Cancel] },
        new(Body.Ends) { Outside = [Outside.Nested, Outside.Cancel], IsAlone = true },
        new(Body.Ends, Child.Soft) { Outside = [Outside.Run, Outside.Stop], Foreign = Child.Soft },
        new(Body.Ends, Child.Completes) { IsObserved = true, IsCanceledAtOnce = true, Outside = [Outside.Cancel] },
        new(Body.Ends, Child.Completes, Child.EndsAtOnce) { Outside = [Outside.CallerToken] },
        new(Body.Waits, Child.Completes) { IsOwned = true, Outside = [Outside.HostStops] },
        new(Body.Waits) { IsOwned = true, Outside = [Outside.TryRun] },
        new(Body.Fails) { IsOwned = true, Outside = [Outside.CallerToken] },
        new(Body.Waits) { Nested = [new(Body.Waits, Child.Blocks) { IsOwned = true }], IsOwned = true, Outside = [Outside.HostStops] },
        new(Body.Ends) { Nested = [new(Body.Ends, Child.Completes, Child.EndsAtOnce)], Outside = [Outside.Cancel] },
        new(Body.Ends) { Nested = [new(Body.Ends) { Nested = [new(Body.Ends, Child.Soft)] }], Outside = [Outside.Stop] },
        new(Body.Ends, Child.Completes) { MaxConcurrency = 1, Outside = [Outside.TryRun, Outside.Run], Foreign = Child.FailsAnyway },
        new(Body.Ends) { Nested = [new(Body.Ends, Child.Completes), new(Body.Ends, Child.Blocks)], Outside = [Outside.Cancel] },
        new(Body.Waits, Child.Completes) { MaxConcurrency = 1, Outside = [Outside.Room] },
        new(Body.Waits, Child.Completes) { IsOwned = true, Outside = [Outside.Close] },
        new(Body.Ends, Child.Cancels) { IsObserved = true, Outside = [Outside.Straggle] },
        new(Body.Waits) { Start = ChildStart.Queued, Outside = [Outside.Cancel, Outside.Cancel, Outside.Run] },
        new(Body.Ends) { Nested = [new(Body.Ends, Child.Blocks) { Outside = [Outside.Count, Outside.Count] }, new(Body.Ends)] },
    ];

    /// <summary>How many of <see cref="Core"/> are small enough for every schedule to be run in seconds.</summary>
    public const int SmallestCore = 3;

    /// <summary>
    /// All sets of three children that complete or fail, left alone and canceled from outside; those with the fewest schedules first.
    /// </summary>
    public static GroupPlan[] Core { get; } =
    [
        new(Body.Ends, Child.Completes, Child.Completes, Child.Completes),
        new(Body.Ends, Child.Fails, Child.Completes, Child.Completes),
        new(Body.Ends, Child.Completes, Child.Completes, Child.Completes) { Outside = [Outside.Cancel] },
        new(Body.Ends, Child.Fails, Child.Fails, Child.Completes),
        new(Body.Ends, Child.Fails, Child.Completes, Child.Completes) { Outside = [Outside.Cancel] },
        new(Body.Ends, Child.Fails, Child.Fails, Child.Fails),
        new(Body.Ends, Child.Fails, Child.Fails, Child.Completes) { Outside = [Outside.Cancel] },
        new(Body.Ends, Child.Fails, Child.Fails, Child.Fails) { Outside = [Outside.Cancel] },
    ];

    /// <summary>All sets of three children, else as planned.</summary>
    public static IEnumerable<GroupPlan> OfThree(GroupPlan plan)
    {
        for (int first = 0; first < CoreKinds.Length; first++)
        {
            for (int second = first; second < CoreKinds.Length; second++)
            {
                for (int third = second; third < CoreKinds.Length; third++)
                {
                    yield return plan with { Children = [CoreKinds[first], CoreKinds[second], CoreKinds[third]] };
                }
            }
        }
    }

    /// <summary>Sets of three children under the other policies, through the queue, and with slots.</summary>
    public static GroupPlan[] Variants { get; } =
    [
        new(Body.Fails) { Policy = FailurePolicy.CollectAll, Outside = [Outside.Cancel] },
        new(Body.Fails) { Policy = FailurePolicy.Supervise, Outside = [Outside.Cancel] },
        new(Body.Ends) { Start = ChildStart.Queued },
        new(Body.Ends) { MaxConcurrency = 1, Outside = [Outside.Cancel] },
        new(Body.Ends) { MaxConcurrency = 2, Outside = [Outside.CallerToken] },
        new(Body.Waits) { MaxConcurrency = 1, MaxWaiting = 0 },
    ];

    /// <summary>
    /// A program that depends on the seed alone: now and then a small one, else one of up to eight children, with nested groups.
    /// </summary>
    public static GroupPlan OfSeed(int seed)
    {
        GroupPlan plan = AnyOf(new Random(seed));
        return (seed & 4) == 0 || plan.Outside.Contains(Outside.CallerToken) ? plan : plan with { IsAlone = true };
    }

    private static GroupPlan AnyOf(Random random)
    {
        return random.Next(3) == 0 ? Small[random.Next(Small.Length)] : Large(random, depth: 0);
    }

    private static GroupPlan Large(Random random, int depth)
    {
        bool isBounded = random.Next(3) == 0;
        bool isObserved = random.Next(4) == 0;
        return new GroupPlan(Any<Body>(random), Some<Child>(random, depth == 0 ? 8 : 3))
        {
            Outside = OneNested(Some<Outside>(random, 4 - (2 * depth), most: depth == 0 ? Outside.Timeout : Outside.Count)),
            Nested = [.. Enumerable.Range(0, depth == 2 ? 0 : random.Next(3 - depth)).Select(_ => Large(random, depth + 1))],
            Policy = Any<FailurePolicy>(random),
            Start = random.Next(3) == 0 ? ChildStart.Queued : ChildStart.Inline,
            MaxConcurrency = isBounded ? random.Next(1, 4) : null,
            MaxWaiting = isBounded && random.Next(2) == 0 ? random.Next(3) : null,
            IsOwned = random.Next(4) == 0,
            IsObserved = isObserved,
            IsCanceledAtOnce = isObserved && random.Next(4) == 0,
            Foreign = random.Next(4) == 0 ? Child.FailsAnyway : Child.Completes,
        };
    }

    private static Outside[] OneNested(Outside[] all) =>
        [.. all.Where(each => each != Outside.Nested), .. all.Where(each => each == Outside.Nested).Distinct()];

    private static T Any<T>(Random random)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        return values[random.Next(values.Length)];
    }

    private static T[] Some<T>(Random random, int count, T? most = null)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        int last = most is null ? values.Length - 1 : Array.IndexOf(values, most.Value);
        return [.. Enumerable.Range(0, random.Next(count + 1)).Select(_ => values[random.Next(last + 1)])];
    }
}
