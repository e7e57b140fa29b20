using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>Compares what happened in a program with what had to happen.</summary>
internal static class ProgramOracle
{
    public static async Task VerifyAsync(ProgramRun run, ProgramGroup program, Func<ProgramFacts, ProgramEnd> decide)
    {
        foreach (ProgramFacts facts in run.Groups)
        {
            Assert.Null(facts.AliveAtJoin);
            if (facts.Group is null)
            {
                await Expect.Canceled(facts.Run, facts.CallerToken);
            }
            else
            {
                await VerifyAsync(facts, decide(facts), program.IsCalm);
            }
        }

        if (run.Observer is not null)
        {
            Verify(run.Observer.Events, run.Groups);
        }
    }

    private static async Task VerifyAsync(ProgramFacts facts, ProgramEnd end, bool isCalm)
    {
        Assert.True(facts.Group!.IsCompleted);
        Assert.Equal((0, 0), facts.Group.Counts);
        Assert.InRange(facts.MostRunning, 0, facts.Program.Limit ?? int.MaxValue);
        if (isCalm)
        {
            Assert.Equal((CancellationReason.None, 0), (facts.Reason, facts.NeverInvoked));
        }

        if (end.Failures.Count > 0)
        {
            await Expect.ThrowsInAnyOrder(facts.Run, [.. end.Failures]);
        }
        else if (end.HasTimedOut)
        {
            await Expect.TimedOut(facts.Run, facts.Name);
        }
        else if (end.Token is { } token)
        {
            await Expect.Canceled(facts.Run, token);
        }
        else
        {
            await facts.Run;
        }

        // R15: who fails in its clean-up was canceled before, so its failure cannot be the one that canceled the group.
        if (facts.Reason == CancellationReason.ChildFailed)
        {
            Assert.DoesNotContain(facts.Run.Exception!.InnerExceptions[0], facts.CleanUpFailures);
        }

        if (facts.Program.Policy == FailurePolicy.FailFast && end.Failures.Count > 0)
        {
            Assert.NotEqual(CancellationReason.None, facts.Reason);
        }

        if (facts.Program.Policy == FailurePolicy.CollectAll)
        {
            Assert.NotEqual(CancellationReason.ChildFailed, facts.Reason);
        }
    }

    private static void Verify(IReadOnlyList<ObserverEvent> events, IEnumerable<ProgramFacts> groups)
    {
        events.Verify();
        foreach (ProgramFacts facts in groups.Where(facts => facts.Group is not null))
        {
            ObserverEvent[] ofGroup = [.. events.Where(each => each.Group == facts.Group)];
            int Count(ChildOutcome outcome) => ofGroup.OfType<ObserverEvent.ChildCompleted>().Count(each => each.Outcome == outcome);

            int started = ofGroup.OfType<ObserverEvent.ChildStarted>().Count();
            Assert.Equal(facts.Children.Invoked, started);
            Assert.Equal(started, Count(ChildOutcome.Succeeded) + Count(ChildOutcome.Failed) + Count(ChildOutcome.Canceled));
            Assert.Equal(facts.ChildFailures.Count, Count(ChildOutcome.Failed));
        }
    }
}
