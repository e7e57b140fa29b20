using System.Diagnostics;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

public sealed class RandomTests(ITestOutputHelper output)
{
    // R1-R5, R7-R12, R14-R19, R21, R22, R26
    [Fact]
    public void Group_InRandomSchedules_KeepsItsRules()
    {
        var watch = Stopwatch.StartNew();
        ExplorationResult result = Exploration.Walk(
            GroupProgram.Of,
            Budget.Seed,
            run => Budget.Schedules is { } wanted ? run < wanted : run < Budget.Least || watch.Elapsed < TimeSpan.FromMinutes(1));
        output.WriteLine(
            $"{result.Schedules} schedules from seed {Budget.Seed} in {watch.Elapsed.TotalSeconds:0} s, {result.Outcomes.Count} outcomes.");
        Assert.True(
            result.Failure is null,
            $"TASKGROUPS_SEED={result.Seed} TASKGROUPS_SCHEDULES=1 repeats it: {Programs.OfSeed(result.Seed ?? 0)}{Environment.NewLine}{result.Failure}");
    }
}
