using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>Faults planted in the core: the explorer must find each, or it looks at the wrong things.</summary>
[Collection(nameof(Mutant))]
public sealed class MutantTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Faults.OfGroups.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Explorer_OnAFaultyCore_FindsAFailingSchedule(string name)
    {
        Fault fault = Faults.OfGroups.Single(each => each.Name == name);
        ExplorationResult result = Mutant.Walk(fault);

        Assert.True(result.Failure is not null, $"{name}: not found in {result.Schedules} schedules.");
        output.WriteLine($"{name}: found by seed {result.Seed}, {Programs.OfSeed(result.Seed!.Value)}: {result.Failure.Failure}");
        ExploredSchedule again = Explorer.Replay(Mutant.Of(fault, fault.Program)(result.Seed.Value), result.Failure.Choices);
        Assert.Equal(result.Failure.Failure, again.Failure);
        Assert.Equal(result.Failure.Trail, again.Trail);
    }

    // A change of the core that an edit does not follow shows here within seconds, not after the walk of all faults.
    [Fact]
    public void Edits_EachText_OccursOnceInTheCore() => Assert.All(Faults.All, fault => Mutant.Edit(fault.Edits));

    // Else the faults of a used up bias would prove nothing.
    [Fact]
    public void Explorer_OnACoreWithATinyBias_FindsNothing()
    {
        ExplorationResult result = Exploration.Walk(
            Mutant.Of(HarmlessEdits.CoreOfTinyBias, typeof(GroupProgram)),
            Budget.Seed,
            run => run < Mutant.MostSchedules / (Budget.IsDeep ? 10 : 30));

        Assert.True(result.Failure is null, $"{Programs.OfSeed(result.Seed ?? 0)}{Environment.NewLine}{result.Failure}");
    }
}
