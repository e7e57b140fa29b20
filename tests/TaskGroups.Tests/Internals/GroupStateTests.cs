namespace TaskGroups.Tests;

/// <summary>The life of a group in one word: what each step makes of it.</summary>
public sealed class GroupStateTests
{
    // R2, R3
    [Fact]
    public void Leave_WhenTheLastHoldGoes_CompletesTheGroupForGood()
    {
        GroupState state = GroupState.Open;
        Assert.Equal(GroupState.Entry.Taken, state.TryEnter(asChild: true));
        Assert.Equal(GroupState.Entry.Taken, state.TryEnter(asChild: false));
        state.EnterAgain();
        Assert.Equal((1, false), state.CountChildren());
        Assert.False(state.LeaveAsChild());
        Assert.Equal((0, false), state.CountChildren());
        Assert.False(state.Leave());
        Assert.False(state.Leave());
        Assert.False(state.IsCompleted);
        Assert.True(state.Leave());
        Assert.True(state.IsCompleted);
        AssertTakesNothing(state);
    }

    // R1: a child whose task is completed after it has been counted out
    [Fact]
    public void UncountChild_WhenTheChildKeepsItsHold_CountsItOutOnly()
    {
        GroupState state = GroupState.Open;
        state.TryEnter(asChild: true);
        state.TryEnter(asChild: true);
        state.UncountChild();
        Assert.Equal((1, false), state.CountChildren());
        Assert.False(state.LeaveAsChild());
        Assert.False(state.Leave());
        Assert.True(state.Leave());
        Assert.Equal((0, false), state.CountChildren());
    }

    // R4, R17: one reason, once; and the telling is waited for
    [Fact]
    public void TryEnd_WhenTheGroupIsOpen_SetsTheReasonOnceAndTakesAHold()
    {
        GroupState state = GroupState.Open;
        state.TryEnter(asChild: true);
        Assert.True(state.TryEnd(CancellationReason.TimedOut));
        Assert.False(state.TryEnd(CancellationReason.Requested));
        Assert.Equal((true, CancellationReason.TimedOut), (state.IsEnding, state.Reason));
        Assert.Equal(GroupState.Entry.Ending, state.TryEnter(asChild: true));
        Assert.Equal((1, false), state.CountChildren());
        Assert.True(state.TryEnterToTell());
        Assert.False(state.IsCutShort);
        state.CutShort();
        state.CutShort();
        Assert.True(state.IsCutShort);

        Assert.False(state.LeaveAsChild());
        Assert.False(state.Leave());
        Assert.False(state.Leave());
        Assert.True(state.Leave());
        AssertTakesNothing(state);
        Assert.Equal((true, CancellationReason.TimedOut), (state.IsCutShort, state.Reason));
    }

    // R2: what the body's first part used of its loan stays, as children and as holds
    [Fact]
    public void Repay_WhenTheFirstPartEnds_KeepsWhatItBorrowed()
    {
        GroupState state = GroupState.OpenWithLoan;
        Assert.Equal((0, true), state.CountChildren());
        state.TryEnter(asChild: true);
        Assert.Equal((1, true), state.CountChildren());
        Assert.False(state.LeaveAsChild());
        Assert.False(state.LeaveAsChild()); // one of those that the part counts
        Assert.Equal((-1, true), state.CountChildren());
        state.Repay(2);
        Assert.Equal((1, false), state.CountChildren());
        Assert.False(state.LeaveAsChild());
        Assert.True(state.Leave());
        Assert.Equal((0, false), state.CountChildren());
    }

    // R2: what has been borrowed at most is far from what looks like a loan
    [Theory]
    [InlineData(GroupState.MaxBorrowed)]
    [InlineData(2 * GroupState.MaxBorrowed)]
    public void CountChildren_WhenThereAreVeryMany_TakesThemForNoLoan(int children)
    {
        GroupState state = GroupState.OpenWithLoan;
        state.Repay(children);
        Assert.Equal((children, false), state.CountChildren());
    }

    // R2
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryCompleteAlone_WhenAnybodyElseHoldsTheGroup_LeavesItAsItIs(bool hasLoan)
    {
        GroupState state = hasLoan ? GroupState.OpenWithLoan : GroupState.Open;
        Assert.False(state.TryCompleteAlone(!hasLoan));
        state.TryEnter(asChild: false);
        Assert.False(state.TryCompleteAlone(hasLoan));
        Assert.False(state.Leave());
        Assert.False(state.IsCompleted);
        Assert.True(state.TryCompleteAlone(hasLoan));
        Assert.False(state.TryCompleteAlone(hasLoan));
        AssertTakesNothing(state);
    }

    private static void AssertTakesNothing(GroupState state)
    {
        CancellationReason reason = state.Reason;
        Assert.True(state.IsCompleted);
        Assert.Equal(GroupState.Entry.Completed, state.TryEnter(asChild: true));
        Assert.Equal(GroupState.Entry.Completed, state.TryEnter(asChild: true, evenIfEnding: true));
        Assert.False(state.TryEnterToTell());
        Assert.False(state.TryEnd(CancellationReason.Requested));
        Assert.Equal((true, reason), (state.IsCompleted, state.Reason));
    }
}
