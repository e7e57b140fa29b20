namespace TaskGroups.Tests;

/// <summary>What one step of a <see cref="ProgramGroup"/> does.</summary>
internal enum ProgramAct
{
    Succeed,
    Fail,
    Block,
    FailInCleanUp,
    Cancel,
    Stop,
    CancelCaller,
    Expire,
    Nest,
}

/// <summary>What is done with the outcome of a step.</summary>
internal enum ProgramHandling
{
    Dropped,
    Awaited,
    Caught,
}

/// <summary>One step of a body: usually it starts a child; a signal or a nested group can be the body's own doing.</summary>
/// <param name="Act">What is done.</param>
/// <param name="IsChild">Whether a child does it, if the body could.</param>
/// <param name="Suspends">Whether the child gives up its thread first.</param>
/// <param name="Handling">What becomes of the outcome: of the child, or of the nested group.</param>
/// <param name="Nested">The group that <see cref="ProgramAct.Nest"/> opens.</param>
internal sealed record ProgramStep(ProgramAct Act, bool IsChild, bool Suspends, ProgramHandling Handling, ProgramGroup? Nested)
{
    /// <summary>Whether the step ends only when its group is canceled.</summary>
    public bool Blocks => Act is ProgramAct.Block or ProgramAct.FailInCleanUp;

    public bool StartsChild => IsChild || Act is ProgramAct.Succeed or ProgramAct.Fail || Blocks;

    public override string ToString() =>
        $"{(StartsChild ? "Run" : "Do")}({(Suspends ? "later " : "")}{Act}{(Nested is null ? "" : $" {Nested}")})"
            + $"{(Handling == ProgramHandling.Dropped ? "" : $".{Handling}")}";
}
