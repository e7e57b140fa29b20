using System.Diagnostics;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

[Collection(nameof(Mutant))]
public sealed class RandomTests(ITestOutputHelper output)
{
    // R1-R5, R7-R12, R14-R19, R21, R22, R26
    [Fact]
    public void Group_InRandomSchedules_KeepsItsRules()
    {
        int most = Budget.Schedules(inShort: 3_000, inDeep: 200_000);
        var watch = Stopwatch.StartNew();
        ExplorationResult result = Exploration.Walk(
            GroupProgram.Of,
            Budget.Seed,
            run => run < most);
        output.WriteLine(
            $"{result.Schedules} schedules from seed {Budget.Seed} in {watch.Elapsed.TotalSeconds:0} s, {result.Outcomes.Count} outcomes.");
        Assert.True(
            result.Failure is null,
            $"TASKGROUPS_SEED={result.Seed} TASKGROUPS_SCHEDULES=1 repeats it: "
                + $"{Programs.OfSeed(result.Seed ?? 0)}{Environment.NewLine}{result.Failure}");
    }

    // The same rules where each statement is a step: a lock that is missing shows, and an object that is used again too early
    [Theory]
    [InlineData(nameof(GroupProgram), 4_000, false)]
    [InlineData(nameof(GroupProgram), 8_000, true)]
    [InlineData(nameof(StartProgram), 2_000, false)]
    [InlineData(nameof(RaceProgram), 2_000, false)]
    [InlineData(nameof(StreamProgram), 2_000, false)]
    public void Program_WithAStepForEachStatement_KeepsItsRules(string program, int inDeep, bool isSmall)
    {
        int most = Budget.IsDeep ? inDeep : inDeep / 20;
        Type type = typeof(GroupProgram).Assembly.GetType($"{typeof(GroupProgram).Namespace}.{program}", throwOnError: true)!;

        ExplorationResult result = Exploration.Walk(
            Mutant.Of(isSmall ? HarmlessEdits.SmallProgramsWithSteps : HarmlessEdits.CoreWithSteps, type),
            Budget.Seed,
            run => run < most,
            Mutant.ExpectedStatements);

        Assert.True(result.Failure is null, $"seed {result.Seed}{Environment.NewLine}{result.Failure}");
    }
}
