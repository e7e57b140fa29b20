using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>Faults planted in the combinators: the explorer must find each, or it looks at the wrong things.</summary>
[Collection(nameof(Mutant))]
public sealed class CombinatorMutantTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Faults.OfCombinators.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Explorer_OnAFaultyCombinator_FindsAFailingSchedule(string name)
    {
        Fault fault = Faults.OfCombinators.Single(each => each.Name == name);
        ExplorationResult result = Mutant.Walk(fault);

        Assert.True(result.Failure is not null, $"{name}: not found in {result.Schedules} schedules.");
        output.WriteLine($"{name}: found by seed {result.Seed}: {result.Failure.Failure}");
    }
}
