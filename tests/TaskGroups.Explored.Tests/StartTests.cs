using System.Numerics;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

public sealed class StartTests(ITestOutputHelper output)
{
    public static TheoryData<int> Programs => [.. Enumerable.Range(0, 64)];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Start_OfAChild_KeepsItsRules(int meanwhile)
    {
        int mostPreemptions = BitOperations.PopCount((uint)meanwhile) > 3 ? 1 : 2; // more would take minutes
        ExplorationResult result = Exploration.Exhaust(() => new StartProgram((Meanwhile)meanwhile), mostPreemptions: mostPreemptions);

        output.WriteLine($"{(Meanwhile)meanwhile}: {result.Schedules} schedules, {result.States} states: {string.Join("; ", result.Outcomes.Order())}");
        Assert.True(result.Failure is null, $"{(Meanwhile)meanwhile}{Environment.NewLine}{result.Failure}");
    }
}
