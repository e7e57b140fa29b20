using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>Faults that show only between two statements: the explorer must find each where each statement is a step.</summary>
[Collection(nameof(Mutant))]
public sealed class StatementMutantTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Faults.BetweenStatements.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Explorer_WithAStepForEachStatement_FindsAFailingSchedule(string name)
    {
        Fault fault = Faults.BetweenStatements.Single(each => each.Name == name);
        ExplorationResult result = Mutant.Walk(fault);

        Assert.True(result.Failure is not null, $"{name}: not found in {result.Schedules} schedules.");
        output.WriteLine($"{name}: found by seed {result.Seed}: {result.Failure.Failure}");
    }
}
