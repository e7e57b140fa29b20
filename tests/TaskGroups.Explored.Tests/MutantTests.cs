using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>Faults planted in the core: the explorer must find each, or it looks at the wrong things.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int Most = 30_000;

    public static TheoryData<string, string, string, string> Mutants => new()
    {
        {
            "TryEnter adds without looking again", "GroupState.cs",
            "long before = Interlocked.CompareExchange(ref _word, seen + (asChild ? Hold + Child : Hold), seen);",
            "long before = seen; Interlocked.Add(ref _word, asChild ? Hold + Child : Hold);"
        },
        {
            "TryEnter writes what it read plus one", "GroupState.cs",
            "long before = Interlocked.CompareExchange(ref _word, seen + (asChild ? Hold + Child : Hold), seen);",
            "long before = seen; Volatile.Write(ref _word, seen + (asChild ? Hold + Child : Hold));"
        },
        {
            "TryEnd succeeds twice", "GroupState.cs",
            "long before = Interlocked.CompareExchange(ref _word, (seen | ((long)reason << ReasonShift)) + Hold, seen);",
            "long before = seen; Interlocked.Add(ref _word, Hold); Interlocked.Or(ref _word, (long)reason << ReasonShift);"
        },
        {
            "A child's end is two steps", "GroupState.cs",
            "public bool LeaveAsChild() => (Interlocked.Add(ref _word, -(Hold + Child)) & Holds) == 0;",
            "public bool LeaveAsChild() { bool isLast = Leave(); UncountChild(); return isLast; }"
        },
        {
            "TryCompleteAlone looks first", "GroupState.cs",
            "return Interlocked.CompareExchange(ref _word, 0, alone) == alone;",
            "if (Volatile.Read(ref _word) != alone) return false; Volatile.Write(ref _word, 0); return true;"
        },
        { "A late nested group does not look at its parent", "TaskGroup.Opening.cs", "            FollowParent(parent);\n", "" },
        {
            "A child that came into the queue late stays there", "TaskGroup.Starting.cs",
            "                if (IsEnding)\n                {\n                    DropWaiting();", "                if (Name is null)\n                {\n                    DropWaiting();"
        },
        { "A stop before the token was asked for is lost", "Extras.cs", "                    if (_isStopped)\n", "                    if (_isForsaken && _id == 1)\n" },
        { "A stop fires only what nobody has", "Extras.cs", "bool first = !_isStopped;", "bool first = !_isStopped && _stopping is null;" },
        { "A token's callbacks are not waited for", "TaskGroup.Ending.cs", "        _state.EnterAgain();\n", "" },
        {
            "The join comes before the child's task", "Queued.cs",
            "        child.Hand(ended);\n        group.Leave();", "        group.Leave();\n        child.Hand(ended);"
        },
        {
            "The body returns its hold twice", "TaskGroup.Joining.cs",
            "        Leave();\n    }\n\n    internal void Leave()", "        Leave();\n        Leave();\n    }\n\n    internal void Leave()"
        },
        {
            "The parent joins before its nested group", "TaskGroup.Joining.cs",
            "        Resolve(_join!);\n        if (", "        LeaveParent();\n        Resolve(_join!);\n        if (Parent is not null)\n            return;\n        if ("
        },
        {
            "A failure is recorded after it canceled", "TaskGroup.Children.cs",
            "                unseen = Extras.Record(verdict.Failures);\n                EndOnFailure(FailurePolicy.FailFast, member?.Name, verdict.Failures[0]);",
            "                EndOnFailure(FailurePolicy.FailFast, member?.Name, verdict.Failures[0]);\n                unseen = Extras.Record(verdict.Failures);"
        },
        {
            "A hold goes back before the child is counted out", "TaskGroup.Children.cs",
            "        _state.UncountChild(); // before its slot goes on: nobody ever counts more running children than slots\n", "        Leave();\n        _state.UncountChild();\n        _state.EnterAgain();\n"
        },
        { "A slot is lost", "Slots.cs", "            _taken--;\n", "" },
        { "The group stays on the caller's token", "TaskGroup.Joining.cs", "            roster.Caller.Unregister();", "            _ = roster.Caller;" },
        { "A dropped child cuts nothing short", "TaskGroup.Children.cs", "    {\n        _state.CutShort();\n        if (member is not null)", "    {\n        if (member is not null)" },
    };

    [Theory]
    [MemberData(nameof(Mutants))]
    public void Explorer_OnAFaultyCore_FindsAFailingSchedule(string fault, string file, string text, string replacement)
    {
        Func<int, IExploredProgram> program = Mutant.Compile(file, text, replacement);

        ExplorationResult result = Exploration.Walk(program, Budget.Seed, run => run < Most);

        Assert.True(result.Failure is not null, $"{fault}: not found in {result.Schedules} schedules.");
        output.WriteLine($"{fault}: found in schedule {result.Schedules}, {Programs.OfSeed(result.Seed!.Value)}: {result.Failure.Failure}");
        ExploredSchedule again = Explorer.Replay(program(result.Seed.Value), result.Failure.Choices);
        Assert.Equal(result.Failure.Failure, again.Failure);
        Assert.Equal(result.Failure.Trail, again.Trail);
    }
}
