namespace TaskGroups.Tests;

/// <summary>The places of a group and their queue, without a group around them (R26).</summary>
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
        Assert.Null(limiter.Release()); // nobody waits for room any more
        Assert.True(limiter.WaitForCapacityAsync().IsCompleted);
    }

    // R4: who waits for room in a canceled group is told at once, and does not wait again
    [Fact]
    public void DrainQueue_WhenSomebodyWaitsForRoom_TellsThatOneAndWhoeverAsksLater()
    {
        ConcurrencyLimiter limiter = new(1, null);
        limiter.TryAcquire(new Child());
        Task room = limiter.WaitForCapacityAsync();
        Assert.Empty(limiter.DrainQueue());
        Assert.True(room.IsCompletedSuccessfully);
        Assert.True(limiter.WaitForCapacityAsync().IsCompleted);
        Assert.Empty(limiter.DrainQueue());
        Assert.Null(limiter.Release());
    }

    // R4: each child that waited is dropped once
    [Fact]
    public void DrainQueue_WhenCalledAgain_GivesWhoCameMeanwhile()
    {
        ConcurrencyLimiter limiter = new(1, null);
        Child[] children = [new(), new(), new(), new()];
        Array.ForEach(children[..3], child => limiter.TryAcquire(child));
        Assert.Equal(children[1..3], limiter.DrainQueue());
        Assert.Equal((1, 0), limiter.Counts);
        Assert.Equal(Admission.Queued, limiter.TryAcquire(children[3]));
        Assert.Equal(children[3..], limiter.DrainQueue());
        Assert.Empty(limiter.DrainQueue());
    }

    private sealed class Child : IQueuedChild
    {
        public Task? Task => null;

        public IOptionalWork? Optional => null;

        public void Queue() => throw new NotSupportedException();

        public void Begin() => throw new NotSupportedException();

        public void Drop(bool hasSlot) => throw new NotSupportedException();

        public void Withdraw() => throw new NotSupportedException();

        public void Hand(Task? ended) => throw new NotSupportedException();

        public void Execute() => throw new NotSupportedException();

        public void Ended(Task task, Member? member) => throw new NotSupportedException();
    }
}
