namespace TaskGroups.Tests;

/// <summary>The slots of a group and their queue, without a group around them (R26).</summary>
public sealed class ConcurrencyLimiterTests
{
    [Fact]
    public void TryAcquire_WhenTheSlotsAreTaken_LetsAsManyWaitAsMay()
    {
        ConcurrencyLimiter limiter = new(2, 1);
        Assert.Equal((2, 1), (limiter.Size, limiter.MaxWaiting));
        Assert.Equal(
            [Admission.Admitted, Admission.Admitted, Admission.Queued, Admission.Rejected],
            new[] {
                limiter.TryAcquire(new Child()),
                limiter.TryAcquire(new Child()),
                limiter.TryAcquire(new Child()),
                limiter.TryAcquire(new Child()) });
        Assert.Equal((2, 1), limiter.Counts);
    }

    [Fact]
    public void Release_WhileChildrenWait_HandsTheSlotToTheFirst()
    {
        ConcurrencyLimiter limiter = new(1, null);
        Child[] children = [new(), new(), new()];
        Array.ForEach(children, child => limiter.TryAcquire(child));
        Assert.Equal((1, 2), limiter.Counts);
        Assert.Same(children[1], limiter.Release());
        Assert.Same(children[2], limiter.Release());
        Assert.Equal((1, 0), limiter.Counts);
        Assert.Null(limiter.Release());
        Assert.Equal((0, 0), limiter.Counts);
        Assert.Equal(Admission.Admitted, limiter.TryAcquire(children[0]));
    }

    [Fact]
    public void WaitForCapacityAsync_WhenAllSlotsAreTaken_CompletesWithTheNextThatReturns()
    {
        ConcurrencyLimiter limiter = new(2, null);
        limiter.TryAcquire(new Child());
        Assert.True(limiter.WaitForCapacityAsync().IsCompleted);
        limiter.TryAcquire(new Child());
        Task room = limiter.WaitForCapacityAsync();
        Assert.False(room.IsCompleted);
        Assert.Null(limiter.Release());
        Assert.True(room.IsCompletedSuccessfully);
        Assert.Null(limiter.Release()); // no child waits for room any more
        Assert.True(limiter.WaitForCapacityAsync().IsCompleted);
    }

    // R4: a wait for room in a canceled group completes at once, and so do later ones
    [Fact]
    public void DrainQueue_WhenACombinatorWaitsForRoom_CompletesThatWaitAndLaterOnes()
    {
        ConcurrencyLimiter limiter = new(1, null);
        limiter.TryAcquire(new Child());
        Task room = limiter.WaitForCapacityAsync();
        Assert.Empty(limiter.DrainQueue("group"));
        Assert.True(room.IsCompletedSuccessfully);
        Assert.True(limiter.WaitForCapacityAsync().IsCompleted);
        Assert.Empty(limiter.DrainQueue("group"));
        Assert.Null(limiter.Release());
    }

    // R4: each child that waited is dropped once
    [Fact]
    public void DrainQueue_WhenCalledAgain_GivesWhoCameMeanwhile()
    {
        ConcurrencyLimiter limiter = new(1, null);
        Child[] children = [new(), new(), new(), new()];
        Array.ForEach(children[..3], child => limiter.TryAcquire(child));
        Assert.Equal(children[1..3], limiter.DrainQueue("group"));
        Assert.Equal((1, 0), limiter.Counts);
        Assert.Equal(Admission.Queued, limiter.TryAcquire(children[3]));
        Assert.Equal(children[3..], limiter.DrainQueue("group"));
        Assert.Empty(limiter.DrainQueue("group"));
    }

    // Groups that a host opens one after the other share a limiter
    [Fact]
    public void DrainQueue_WhenTheLimiterIsShared_TakesTheChildrenOfOneGroupAlone()
    {
        ConcurrencyLimiter limiter = new(1, null, isShared: true);
        Child[] children = [new(), new("first"), new("second"), new("first")];
        Array.ForEach(children, child => limiter.TryAcquire(child));
        Assert.Equal((2, 1), (limiter.CountWaiting("first"), limiter.CountWaiting("second")));
        Assert.Equal([children[1], children[3]], limiter.DrainQueue("first"));
        Assert.Same(children[2], limiter.Release());
        Assert.Null(limiter.Release());
    }

    private sealed class Child(string group = "group") : ILimitedChild
    {
        public object Group => group;

        public bool IsGroupEnding => false;

        public IOptionalWork? Optional => null;

        public void Enqueue() => throw new NotSupportedException();

        public void CancelBeforeStart(bool hasSlot) => throw new NotSupportedException();

        public void Reject() => throw new NotSupportedException();
    }
}
