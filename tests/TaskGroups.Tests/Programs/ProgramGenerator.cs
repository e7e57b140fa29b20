using FsCheck;
using FsCheck.Fluent;

namespace TaskGroups.Tests;

/// <summary>Makes random programs, and smaller ones out of one that failed.</summary>
internal static class ProgramGenerator
{
    private const int MaxSteps = 6;
    private const int MaxDepth = 3;

    public static Arbitrary<ProgramGroup> Programs => Arb.From(Group(MaxDepth), Shrink);

    private static Gen<ProgramGroup> Group(int depth) =>
        from policy in Gen.Elements(Enum.GetValues<FailurePolicy>())
        from start in Gen.Elements(Enum.GetValues<ChildStart>())
        from limit in Gen.Elements<int?>(null, null, 1, 2)
        from hasTimeout in Often(1, 4)
        from bodyFails in Often(1, 8)
        from count in Gen.Choose(0, MaxSteps)
        from steps in Step(depth).ArrayOf(count)
        select new ProgramGroup(policy, start, limit, hasTimeout, bodyFails, steps);

    private static Gen<ProgramStep> Step(int depth) =>
        from act in Acts(depth)
        from isChild in Often(1, 2)
        from suspends in Often(1, 2)
        from handling in Gen.Elements(Enum.GetValues<ProgramHandling>())
        from nested in act == ProgramAct.Nest ? Group(depth - 1) : Gen.Constant<ProgramGroup>(null!)
        select new ProgramStep(act, isChild, suspends, handling, nested);

    // Most steps work or fail; few end the whole program.
    private static Gen<ProgramAct> Acts(int depth) => Gen.Frequency(
        (8, Gen.Constant(ProgramAct.Succeed)),
        (4, Gen.Constant(ProgramAct.Fail)),
        (3, Gen.Constant(ProgramAct.Block)),
        (2, Gen.Constant(ProgramAct.FailInCleanUp)),
        (1, Gen.Constant(ProgramAct.Cancel)),
        (1, Gen.Constant(ProgramAct.Stop)),
        (1, Gen.Constant(ProgramAct.CancelCaller)),
        (1, Gen.Constant(ProgramAct.Expire)),
        (depth > 1 ? 5 : 0, Gen.Constant(ProgramAct.Nest)));

    private static Gen<bool> Often(int yes, int of) => Gen.Choose(1, of).Select(number => number <= yes);

    private static IEnumerable<ProgramGroup> Shrink(ProgramGroup group)
    {
        foreach (ProgramStep step in group.Steps)
        {
            if (step.Nested is { } nested)
            {
                yield return nested;
            }
        }

        for (int index = 0; index < group.Steps.Count; index++)
        {
            yield return group with { Steps = [.. group.Steps.Take(index), .. group.Steps.Skip(index + 1)] };
            foreach (ProgramStep smaller in Shrink(group.Steps[index]))
            {
                yield return group with { Steps = [.. group.Steps.Take(index), smaller, .. group.Steps.Skip(index + 1)] };
            }
        }

        if (group.BodyFails)
        {
            yield return group with { BodyFails = false };
        }

        if (group.HasTimeout)
        {
            yield return group with { HasTimeout = false };
        }

        if (group.Limit is not null)
        {
            yield return group with { Limit = null };
        }

        if (group.Start != ChildStart.Inline)
        {
            yield return group with { Start = ChildStart.Inline };
        }
    }

    private static IEnumerable<ProgramStep> Shrink(ProgramStep step)
    {
        if (step.Nested is { } nested)
        {
            foreach (ProgramGroup smaller in Shrink(nested))
            {
                yield return step with { Nested = smaller };
            }
        }

        if (step.Act is ProgramAct.FailInCleanUp or ProgramAct.Nest)
        {
            ProgramStep failing = step with { Act = ProgramAct.Fail, Nested = null };
            yield return failing with { Suspends = false, Handling = ProgramHandling.Dropped }; // one by one they may hide the failure
            yield return failing;
        }

        if (step.Act != ProgramAct.Succeed)
        {
            yield return step with { Act = ProgramAct.Succeed, Nested = null };
        }

        if (step.Suspends)
        {
            yield return step with { Suspends = false };
        }

        if (step.Handling != ProgramHandling.Dropped)
        {
            yield return step with { Handling = ProgramHandling.Dropped };
        }

        if (step.IsChild)
        {
            yield return step with { IsChild = false };
        }
    }
}
