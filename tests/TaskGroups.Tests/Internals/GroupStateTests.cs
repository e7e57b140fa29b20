namespace TaskGroups.Tests;

/// <summary>The life of a group in one word: what each step makes of it.</summary>
public sealed class GroupStateTests
{
    // R2, R3
    [Fact]
    public void Release_WhenTheLastHoldGoes_CompletesTheGroupForGood()
    {
        GroupState state = GroupState.Open;
        Assert.Equal(GroupState.Entry.Admitted, state.TryAdmit(asChild: true));
        Assert.Equal(GroupState.Entry.Admitted, state.TryAdmit(asChild: false));
        state.AddHold();
        Assert.Equal((1, false), state.CountChildren());
        Assert.False(state.ReleaseChild());
        Assert.Equal((0, false), state.CountChildren());
        Assert.False(state.Release());
        Assert.False(state.Release());
        Assert.False(state.IsCompleted);
        Assert.True(state.Release());
        Assert.True(state.IsCompleted);
        AssertTakesNothing(state);
    }

    // R1: a child whose task is completed after it has been counted out
    [Fact]
    public void ReleaseChildCount_WhenTheChildKeepsItsHold_CountsItOutOnly()
    {
        GroupState state = GroupState.Open;
        state.TryAdmit(asChild: true);
        state.TryAdmit(asChild: true);
        state.ReleaseChildCount();
        Assert.Equal((1, false), state.CountChildren());
        Assert.False(state.ReleaseChild());
        Assert.False(state.Release());
        Assert.True(state.Release());
        Assert.Equal((0, false), state.CountChildren());
    }

    // R4, R17: one reason, once; and the telling is waited for
    [Fact]
    public void TryCancel_WhenTheGroupIsOpen_SetsTheReasonOnceAndTakesAHold()
    {
        GroupState state = GroupState.Open;
        state.TryAdmit(asChild: true);
        Assert.True(state.TryCancel(CancellationReason.TimedOut));
        Assert.False(state.TryCancel(CancellationReason.Requested));
        Assert.Equal((true, CancellationReason.TimedOut), (state.IsEnding, state.Reason));
        Assert.Equal(GroupState.Entry.Ending, state.TryAdmit(asChild: true));
        Assert.Equal((1, false), state.CountChildren());
        Assert.True(state.TryHold());
        Assert.False(state.IsCutShort);
        state.MarkCutShort();
        state.MarkCutShort();
        Assert.True(state.IsCutShort);

        Assert.False(state.ReleaseChild());
        Assert.False(state.Release());
        Assert.False(state.Release());
        Assert.True(state.Release());
        AssertTakesNothing(state);
        Assert.Equal((true, CancellationReason.TimedOut), (state.IsCutShort, state.Reason));
    }

    // R2: what the body's synchronous part counted stays, as children and as holds
    [Fact]
    public void Merge_WhenTheSynchronousPartEnds_KeepsTheChildrenThatItCounted()
    {
        GroupState state = GroupState.OpenBiased;
        Assert.Equal((0, true), state.CountChildren());
        state.TryAdmit(asChild: true);
        Assert.Equal((1, true), state.CountChildren());
        Assert.False(state.ReleaseChild());
        Assert.False(state.ReleaseChild()); // one of those that the part counts
        Assert.Equal((-1, true), state.CountChildren());
        state.Merge(2);
        Assert.Equal((1, false), state.CountChildren());
        Assert.False(state.ReleaseChild());
        Assert.True(state.Release());
        Assert.Equal((0, false), state.CountChildren());
    }

    // R2: what is counted at most is far from what looks like a bias
    [Theory]
    [InlineData(GroupState.MaxBiasedCount)]
    [InlineData(2 * GroupState.MaxBiasedCount)]
    public void CountChildren_WhenThereAreVeryMany_TakesThemForNoBias(int children)
    {
        GroupState state = GroupState.OpenBiased;
        state.Merge(children);
        Assert.Equal((children, false), state.CountChildren());
    }

    // R2
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryCompleteAlone_WhenTheGroupHasAnotherHold_LeavesItAsItIs(bool isBiased)
    {
        GroupState state = isBiased ? GroupState.OpenBiased : GroupState.Open;
        Assert.False(state.TryCompleteAlone(!isBiased));
        state.TryAdmit(asChild: false);
        Assert.False(state.TryCompleteAlone(isBiased));
        Assert.False(state.Release());
        Assert.False(state.IsCompleted);
        Assert.True(state.TryCompleteAlone(isBiased));
        Assert.False(state.TryCompleteAlone(isBiased));
        AssertTakesNothing(state);
    }

    private static void AssertTakesNothing(GroupState state)
    {
        CancellationReason reason = state.Reason;
        Assert.True(state.IsCompleted);
        Assert.Equal(GroupState.Entry.Completed, state.TryAdmit(asChild: true));
        Assert.Equal(GroupState.Entry.Completed, state.TryAdmit(asChild: true, evenIfEnding: true));
        Assert.False(state.TryHold());
        Assert.False(state.TryCancel(CancellationReason.Requested));
        Assert.Equal((true, reason), (state.IsCompleted, state.Reason));
    }
}
