namespace TaskGroups.Testing;

/// <summary>Runs many schedules of one program, until one fails.</summary>
public static class Exploration
{
    /// <summary>Runs every schedule, up to those that lead to a known state.</summary>
    /// <param name="program">Makes the program afresh for each schedule.</param>
    /// <param name="prunes">Whether known states are followed only once.</param>
    /// <param name="mostPreemptions">How often an actor that could go on may be kept from it.</param>
    /// <param name="most">The most schedules to run; more is an error, for "every" would not be true.</param>
    public static ExplorationResult Exhaust(
        Func<IExploredProgram> program, bool prunes = true, int mostPreemptions = int.MaxValue, long most = long.MaxValue)
    {
        var chooser = new ExhaustiveChooser(prunes, mostPreemptions);
        var outcomes = new HashSet<string>();
        long schedules = 0;
        while (chooser.Begin())
        {
            if (++schedules > most)
            {
                throw new InvalidOperationException($"More than {most} schedules.");
            }

            ExploredSchedule schedule = Explorer.Run(program(), chooser);
            if (schedule.Failure is not null)
            {
                return new ExplorationResult(schedules, chooser.States, outcomes, null, Explain(program(), schedule));
            }

            if (!chooser.IsPruned)
            {
                outcomes.Add(schedule.Outcome);
            }
        }

        return new ExplorationResult(schedules, chooser.States, outcomes, null, null);
    }

    /// <summary>Runs random schedules, each of a program made from the same seed.</summary>
    /// <param name="program">Makes a program from a seed.</param>
    /// <param name="firstSeed">The seed of the first schedule; the others follow it.</param>
    /// <param name="goesOn">Tells, from the number of schedules run so far, whether to run one more.</param>
    /// <param name="expectedSteps">How many steps a schedule takes: changes of priorities lie among them.</param>
    public static ExplorationResult Walk(
        Func<int, IExploredProgram> program, int firstSeed, Func<long, bool> goesOn, int expectedSteps = PriorityChooser.ExpectedSteps)
    {
        var outcomes = new HashSet<string>();
        long schedules = 0;
        while (goesOn(schedules))
        {
            int seed = unchecked(firstSeed + (int)schedules);
            schedules++;
            ExploredSchedule schedule = Explorer.Run(program(seed), ChooserOf(seed, expectedSteps));
            if (schedule.Failure is not null)
            {
                return new ExplorationResult(schedules, 0, outcomes, seed, Explain(program(seed), schedule));
            }

            outcomes.Add(schedule.Outcome);
        }

        return new ExplorationResult(schedules, 0, outcomes, null, null);
    }

    /// <summary>
    /// The strategy that belongs to a seed: a quarter walks uniformly, the others by priorities with one to three changes.
    /// </summary>
    public static Chooser ChooserOf(int seed, int expectedSteps = PriorityChooser.ExpectedSteps) =>
        (seed & 3) == 0 ? new RandomChooser(seed) : new PriorityChooser(seed, seed & 3, expectedSteps);

    private static ExploredSchedule Explain(IExploredProgram program, ExploredSchedule failed)
    {
        ExploredSchedule again = Explorer.Replay(program, failed.Choices);
        return again.Failure == failed.Failure
            ? again
            : throw new InvalidOperationException(
                $"A schedule failed with '{failed.Failure}', and its replay did not: the program does not repeat itself. {again}");
    }
}
