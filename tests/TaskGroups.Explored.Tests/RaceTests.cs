using TaskGroups.Testing;

namespace TaskGroups.Explored;

public sealed class RaceTests(ITestOutputHelper output)
{
    private static readonly Contender[] Kinds = [Contender.Succeeds, Contender.SucceedsAnyway, Contender.Fails];

    public static TheoryData<Contender, Contender> Pairs =>
        [.. from first in Kinds from second in Kinds where first <= second select new TheoryDataRow<Contender, Contender>(first, second)];

    public static TheoryData<Contender[], bool> Threes =>
    [
        .. from first in Kinds
           from second in Kinds
           from third in Kinds
           where first <= second && second <= third
           from isCanceled in new[] { false, true }
           select new TheoryDataRow<Contender[], bool>([first, second, third], isCanceled),
        new([Contender.Succeeds, Contender.Shares, Contender.Shares], false),
        new([Contender.Succeeds, Contender.Shares, Contender.Shares], true),
    ];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Race_OfTwoInEverySchedule_KeepsItsRules(Contender first, Contender second) =>
        Explore(() => new RaceProgram([first, second], isCanceled: false), Budget.Preemptions(inShort: 2, inDeep: int.MaxValue));

    // With a step before each lock: who came first is asked under one
    [Theory]
    [MemberData(nameof(Pairs))]
    public void Race_OfTwoWithAStepForEachOperation_KeepsItsRules(Contender first, Contender second) =>
        Explore(() => new RaceProgram([first, second], isCanceled: false, isFine: true), Budget.Preemptions(inShort: 1, inDeep: 2));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Race_OfTwoWhenCanceled_KeepsItsRules(Contender first, Contender second) =>
        Explore(() => new RaceProgram([first, second], isCanceled: true), Budget.Preemptions(inShort: 1, inDeep: 2));

    [Theory]
    [MemberData(nameof(Threes))]
    public void Race_OfThree_KeepsItsRules(Contender[] kinds, bool isCanceled) =>
        Explore(() => new RaceProgram(kinds, isCanceled), Budget.Preemptions(inShort: 0, inDeep: 1));

    private void Explore(Func<IExploredProgram> program, int mostPreemptions)
    {
        ExplorationResult result = Exploration.Exhaust(program, mostPreemptions: mostPreemptions);

        output.WriteLine($"{result.Schedules} schedules, {result.States} states: {string.Join(", ", result.Outcomes.Order())}");
        Assert.True(result.Failure is null, $"{result.Failure}");
    }
}
