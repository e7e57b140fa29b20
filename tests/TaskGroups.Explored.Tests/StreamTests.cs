using System.Diagnostics;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

public sealed class StreamTests(ITestOutputHelper output)
{
    // How many of the small plans are small enough for two preemptions.
    private const int Smallest = 12;

    private static readonly StreamPlan[] Small =
    [
        new(Way.InOrder, 1, Item.Completes, Item.Completes),
        new(Way.InOrder, 1, Item.Completes) { IsSlow = true },
        new(Way.InOrder, 1, Item.Completes) { IsSlow = true, Reader = Reader.Leaves },
        new(Way.InOrder, 1) { IsCanceled = true },
        new(Way.AsCompleted, 1, Item.Completes, Item.Completes),
        new(Way.AsCompleted, 2, Item.Completes, Item.EndsAtOnce),
        new(Way.ForEach, 1, Item.Completes, Item.Completes),
        new(Way.ForEach, 1, Item.Fails, Item.Completes),
        new(Way.ForEach, 1, Item.Blocks) { IsCanceled = true },
        new(Way.Map, 1, Item.Completes, Item.EndsAtOnce) { IsSlow = true },
        new(Way.Map, 2, Item.Completes, Item.Completes),
        new(Way.Map, 1) { IsSlow = true, EndsBadly = true },
        new(Way.InOrder, 2, Item.Completes, Item.Fails),
        new(Way.InOrder, 1, Item.Completes) { Reader = Reader.IsCanceled },
        new(Way.InOrder, 1, Item.EndsAtOnce) { IsCanceled = true },
        new(Way.InOrder, 1, Item.EndsAtOnce) { IsSlow = true, IsStopped = true },
        new(Way.AsCompleted, 2, Item.Completes, Item.Completes),
        new(Way.AsCompleted, 2, Item.CompletesAnyway, Item.EndsAtOnce) { Reader = Reader.Leaves },
        new(Way.AsCompleted, 2, Item.Fails, Item.Blocks),
        new(Way.AsCompleted, 1, Item.Completes) { IsCanceled = true },
        new(Way.AsCompleted, 1, Item.Completes) { Reader = Reader.IsCanceled },
        new(Way.AsCompleted, 1, Item.EndsAtOnce) { IsSlow = true, IsCanceled = true },
        new(Way.AsCompleted, 1, Item.Soft) { IsStopped = true },
        new(Way.ForEach, 1, Item.Completes, Item.Completes) { IsCanceled = true },
        new(Way.ForEach, 2, Item.Completes, Item.Fails) { IsSlow = true },
        new(Way.Map, 1, Item.Completes) { IsSlow = true, IsCanceled = true },
    ];

    public static TheoryData<int> ComparedPlans => Budget.IsDeep ? [2, 19, 23] : [2, 23];

    public static TheoryData<int> SmallPlans => [.. Enumerable.Range(0, Small.Length)];

    // R1, R7, R9, R10, R15, R18, R21, R26
    [Theory]
    [MemberData(nameof(SmallPlans))]
    public void Stream_OfFewItems_KeepsItsRules(int plan)
    {
        ExplorationResult result = Exploration.Exhaust(
            () => new StreamProgram(Small[plan], isFine: true),
            mostPreemptions: plan < Smallest ? Budget.Preemptions(inShort: 1, inDeep: 2) : Budget.Preemptions(inShort: 0, inDeep: 1));

        output.WriteLine($"{Small[plan]}: {result.Schedules} schedules, {result.States} states, {result.Outcomes.Count} outcomes");
        Assert.True(result.Failure is null, $"{Small[plan]}{Environment.NewLine}{result.Failure}");
    }

    // The same rules, with up to three items
    [Fact]
    public void Stream_InRandomSchedules_KeepsItsRules()
    {
        var watch = Stopwatch.StartNew();
        int most = Budget.Schedules(inShort: 2_000, inDeep: 20_000);
        ExplorationResult result = Exploration.Walk(StreamProgram.Of, Budget.Seed, run => run < most);

        output.WriteLine(
            $"{result.Schedules} schedules from seed {Budget.Seed} in {watch.Elapsed.TotalSeconds:0.0} s, {result.Outcomes.Count} "
                + $"outcomes.");
        Assert.True(
            result.Failure is null,
            $"TASKGROUPS_SEED={result.Seed} TASKGROUPS_SCHEDULES=1 repeats it: "
                + $"{StreamPlan.OfSeed(result.Seed ?? 0)}{Environment.NewLine}{result.Failure}");
    }

    // Else what StreamProgram.Fingerprint does not sum up would lose schedules
    [Theory]
    [MemberData(nameof(ComparedPlans))]
    public void Stream_WithAndWithoutPruning_HasTheSameOutcomes(int plan)
    {
        ExplorationResult all = Exploration.Exhaust(() => new StreamProgram(Small[plan], isFine: true), prunes: false, mostPreemptions: 1);
        ExplorationResult pruned = Exploration.Exhaust(() => new StreamProgram(Small[plan], isFine: true), mostPreemptions: 1);

        output.WriteLine($"{Small[plan]}: {all.Schedules} schedules, and {pruned.Schedules}, with {all.Outcomes.Count} outcomes");
        Assert.Equal(all.Outcomes.Order(), pruned.Outcomes.Order());
    }
}
