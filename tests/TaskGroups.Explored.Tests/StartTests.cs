using System.Numerics;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

public sealed class StartTests(ITestOutputHelper output)
{
    public static TheoryData<int> Programs => [.. Enumerable.Range(0, 64)];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Start_OfAChild_KeepsItsRules(int meanwhile) =>
        Explore(meanwhile, isFine: false, Preemptions(meanwhile, atMost: 2)); // more would take minutes

    // With a step before each lock: the stage is left under one
    [Theory]
    [MemberData(nameof(Programs))]
    public void Start_OfAChildWithAStepForEachOperation_KeepsItsRules(int meanwhile) =>
        Explore(meanwhile, isFine: true, Preemptions(meanwhile, atMost: 1));

    private static int Preemptions(int meanwhile, int atMost)
    {
        int events = BitOperations.PopCount((uint)meanwhile);
        return Budget.Preemptions(inShort: events > 3 ? 0 : 1, inDeep: events > 3 ? 1 : atMost);
    }

    private void Explore(int meanwhile, bool isFine, int mostPreemptions)
    {
        ExplorationResult result = Exploration.Exhaust(
            () => new StartProgram((Meanwhile)meanwhile, isFine),
            mostPreemptions: mostPreemptions);

        output.WriteLine(
            $"{(Meanwhile)meanwhile}: {result.Schedules} schedules, {result.States} states: {string.Join("; ", result.Outcomes.Order())}");
        Assert.True(result.Failure is null, $"{(Meanwhile)meanwhile}{Environment.NewLine}{result.Failure}");
    }
}
