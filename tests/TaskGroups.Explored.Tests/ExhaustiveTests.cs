using System.Diagnostics;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

public sealed class ExhaustiveTests(ITestOutputHelper output)
{
    public static TheoryData<int> SmallPrograms => [.. Enumerable.Range(0, Programs.Small.Length)];

    public static TheoryData<int> CorePrograms =>
        [.. Enumerable.Range(0, Budget.IsWhole ? Programs.Core.Length : Budget.IsDeep ? Programs.SmallestCore : 1)];

    public static MatrixTheoryData<int, string> ProgramsOfThree =>
        new(Enumerable.Range(0, Programs.Interferences.Length), Enum.GetNames<Body>());

    public static TheoryData<int> Variants => [.. Enumerable.Range(0, Programs.Variants.Length)];

    // R1-R5, R7-R12, R15-R19, R21, R22, R26
    [Theory]
    [MemberData(nameof(SmallPrograms))]
    public void Group_InEverySchedule_KeepsItsRules(int program)
    {
        GroupPlan plan = Programs.Small[program];
        if (program < Programs.Smallest)
        {
            Explore([plan], isFine: false, Budget.Preemptions(inShort: 2, inDeep: int.MaxValue));
        }

        Explore([plan], isFine: true, Budget.Preemptions(inShort: 1, inDeep: 2));
    }

    // The same rules: start, complete, fail, cancel, join, without a bound
    [Theory]
    [MemberData(nameof(CorePrograms))]
    public void Group_OfThreeChildrenInEverySchedule_KeepsItsRules(int program) =>
        Explore([Programs.Core[program]], isFine: false, int.MaxValue);

    // R2: a snapshot is taken step by step, while the group goes on
    [Fact]
    public void Snapshot_WhileTheGroupIsCanceled_ShowsOneMoment() =>
        Explore([new GroupPlan(Body.Ends, Child.Blocks) { Outside = [Outside.Cancel, Outside.Look] }], isFine: false, 2);

    [Theory]
    [MemberData(nameof(ProgramsOfThree))]
    public void Group_OfThreeChildren_KeepsItsRules(int outside, string body) =>
        Explore(
            Programs.OfThree(new GroupPlan(Enum.Parse<Body>(body)) { Outside = Programs.Interferences[outside] }),
            isFine: false,
            Budget.Preemptions(inShort: 0, inDeep: body == nameof(Body.Ends) ? 1 : 0)); // a body that goes on multiplies the schedules

    [Theory]
    [MemberData(nameof(Variants))]
    public void Group_OfThreeChildrenWithOptions_KeepsItsRules(int variant) =>
        Explore(Programs.OfThree(Programs.Variants[variant]), isFine: false, Budget.Preemptions(inShort: 0, inDeep: 1));

    private void Explore(IEnumerable<GroupPlan> plans, bool isFine, int mostPreemptions)
    {
        var watch = Stopwatch.StartNew();
        int programs = 0;
        long schedules = 0;
        long states = 0;
        foreach (GroupPlan plan in plans)
        {
            ExplorationResult result = Exploration.Exhaust(() => new GroupProgram(plan, isFine), mostPreemptions: mostPreemptions);
            programs++;
            schedules += result.Schedules;
            states += result.States;
            Assert.True(result.Failure is null, $"{plan}{Environment.NewLine}{result.Failure}");
        }

        string bound = mostPreemptions == int.MaxValue ? "any number of" : $"at most {mostPreemptions}";
        output.WriteLine(
            $"{programs} programs, {bound} preemptions: {schedules} schedules, {states} states, {watch.Elapsed.TotalSeconds:0.0} s");
    }
}
