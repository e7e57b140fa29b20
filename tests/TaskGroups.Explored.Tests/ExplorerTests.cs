using TaskGroups.Testing;

namespace TaskGroups.Explored;

public sealed class ExplorerTests
{
    [Fact]
    public void Exhaust_WhenAnUpdateCanBeLost_FindsIt()
    {
        ExplorationResult result = Exploration.Exhaust(() => new CounterProgram(2, isSafe: false));

        Assert.Equal("2 actors counted to 1.", result.Failure?.Failure);
        Assert.Equal(
            ["actor 0: CountUp: read", "actor 1: CountUp: read", "actor 0: ended", "actor 1: ended"],
            result.Failure!.Trail.OrderBy(step => step.EndsWith("ended", StringComparison.Ordinal)).ThenBy(step => step));
    }

    [Fact]
    public void Exhaust_WhenNothingCanBeLost_FindsNothing() =>
        Assert.Null(Exploration.Exhaust(() => new CounterProgram(3, isSafe: true)).Failure);

    [Fact]
    public void Exhaust_WithoutPruning_TakesEveryOrderOnce()
    {
        // Two actors of two steps each, a step of one before a step of the other: 4! / (2! 2!).
        ExplorationResult result = Exploration.Exhaust(() => new CounterProgram(2, isSafe: false, isExpected: false), prunes: false);

        Assert.Equal(6, result.Schedules);
        Assert.Equal(["1", "2"], result.Outcomes.Order());
    }

    [Fact]
    public void Exhaust_WithPruning_LosesNoOutcome()
    {
        ExplorationResult all = Exploration.Exhaust(() => new CounterProgram(4, isSafe: false, isExpected: false), prunes: false);
        ExplorationResult pruned = Exploration.Exhaust(() => new CounterProgram(4, isSafe: false, isExpected: false));

        Assert.Equal(["1", "2", "3", "4"], all.Outcomes.Order());
        Assert.Equal(all.Outcomes.Order(), pruned.Outcomes.Order());
        Assert.Equal(2520, all.Schedules); // 8! / (2! 2! 2! 2!)
        Assert.True(pruned.Schedules < all.Schedules / 4, $"{pruned.Schedules} of {all.Schedules}");
    }

    [Fact]
    public void Exhaust_WithoutPreemptions_DoesNotSplitARead()
    {
        ExplorationResult result = Exploration.Exhaust(() => new CounterProgram(3, isSafe: false), mostPreemptions: 0);

        Assert.Null(result.Failure);
        Assert.NotNull(Exploration.Exhaust(() => new CounterProgram(3, isSafe: false), mostPreemptions: 1).Failure);
    }

    [Theory]
    [InlineData(nameof(Outside.Run))]
    [InlineData(nameof(Outside.TryRun))]
    public void Group_WithAndWithoutPruning_HasTheSameOutcomes(string outside)
    {
        var plan = new GroupPlan(Body.Ends) { Outside = [Enum.Parse<Outside>(outside)] };

        ExplorationResult all = Exploration.Exhaust(() => new GroupProgram(plan, isFine: false), prunes: false, most: 100_000);
        ExplorationResult pruned = Exploration.Exhaust(() => new GroupProgram(plan, isFine: false));

        Assert.True(all.Outcomes.Count > 1);
        Assert.Equal(all.Outcomes.Order(), pruned.Outcomes.Order());
        Assert.True(pruned.Schedules < all.Schedules);
    }

    [Fact]
    public void Walk_WhenAnUpdateCanBeLost_FindsIt()
    {
        ExplorationResult result = Exploration.Walk(_ => new CounterProgram(2, isSafe: false), 1, run => run < 100);

        Assert.Equal("2 actors counted to 1.", result.Failure?.Failure);
    }

    // What goes on through the pool, out of control, would differ
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replay_OfAnySchedule_GivesTheSameTrail(bool isStream)
    {
        Func<int, IExploredProgram> program = isStream ? StreamProgram.Of : GroupProgram.Of;
        for (int seed = 0; seed < (isStream ? 500 : 50); seed++)
        {
            ExploredSchedule once = Explorer.Run(program(seed), Exploration.ChooserOf(seed), keepsTrail: true);
            ExploredSchedule again = Explorer.Replay(program(seed), once.Choices);

            Assert.Null(once.Failure);
            Assert.NotEmpty(once.Trail);
            Assert.Equal(StepsOf(once), StepsOf(again));
            Assert.Equal(once.Outcome, again.Outcome);
        }
    }

    [Fact]
    public void Run_WhenAnActorWaitsInVain_SaysWhoIsStuck()
    {
        ExploredSchedule schedule = Explorer.Run(new StuckProgram(), new RandomChooser(1));

        Assert.Equal("Deadlock: nobody can go on, and 'stuck' has not ended.", schedule.Failure);
    }

    // The member that takes a lock is read off the stack, which shows another one once the runtime has inlined it.
    private static IEnumerable<string> StepsOf(ExploredSchedule schedule) =>
        schedule.Trail
            .Select(step => step.Split(": ") is [var actor, _, ("lock" or "before a lock") and var what] ? $"{actor}: {what}" : step);

    private sealed class StuckProgram : IExploredProgram
    {
        public bool IsFine => true;

        public string Outcome => "";

        public void Start(Explorer explorer) => explorer.Spawn("stuck", () => Explorer.WaitUntil(() => false, "what never comes"));

        public void Check()
        {
        }

        public void Verify()
        {
        }

        public ulong Fingerprint() => 0;
    }
}
