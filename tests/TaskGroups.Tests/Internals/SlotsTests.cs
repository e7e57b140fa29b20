namespace TaskGroups.Tests;

/// <summary>The places of a group and their queue, without a group around them (R26).</summary>
public sealed class SlotsTests
{
    [Fact]
    public void TakeOrWait_WhenTheSlotsAreTaken_LetsAsManyWaitAsMay()
    {
        Slots slots = new(2, 1);
        Assert.Equal((2, 1), (slots.Size, slots.MaxWaiting));
        Assert.Equal(
            [Slots.Place.Taken, Slots.Place.Taken, Slots.Place.Waiting, Slots.Place.Full],
            new[] {
                slots.TakeOrWait(new Child()),
                slots.TakeOrWait(new Child()),
                slots.TakeOrWait(new Child()),
                slots.TakeOrWait(new Child()) });
        Assert.Equal((2, 1), slots.Counts);
    }

    [Fact]
    public void Release_WhileChildrenWait_HandsTheSlotToTheFirst()
    {
        Slots slots = new(1, null);
        Child[] children = [new(), new(), new()];
        Array.ForEach(children, child => slots.TakeOrWait(child));
        Assert.Equal((1, 2), slots.Counts);
        Assert.Same(children[1], slots.Release());
        Assert.Same(children[2], slots.Release());
        Assert.Equal((1, 0), slots.Counts);
        Assert.Null(slots.Release());
        Assert.Equal((0, 0), slots.Counts);
        Assert.Equal(Slots.Place.Taken, slots.TakeOrWait(children[0]));
    }

    [Fact]
    public void WhenRoom_WhenAllSlotsAreTaken_CompletesWithTheNextThatReturns()
    {
        Slots slots = new(2, null);
        slots.TakeOrWait(new Child());
        Assert.True(slots.WhenRoom().IsCompleted);
        slots.TakeOrWait(new Child());
        Task room = slots.WhenRoom();
        Assert.False(room.IsCompleted);
        Assert.Null(slots.Release());
        Assert.True(room.IsCompletedSuccessfully);
        Assert.Null(slots.Release()); // nobody waits for room any more
        Assert.True(slots.WhenRoom().IsCompleted);
    }

    // R4: who waits for room in a canceled group is told at once, and does not wait again
    [Fact]
    public void Close_WhenSomebodyWaitsForRoom_TellsThatOneAndWhoeverAsksLater()
    {
        Slots slots = new(1, null);
        slots.TakeOrWait(new Child());
        Task room = slots.WhenRoom();
        Assert.Empty(slots.Close());
        Assert.True(room.IsCompletedSuccessfully);
        Assert.True(slots.WhenRoom().IsCompleted);
        Assert.Empty(slots.Close());
        Assert.Null(slots.Release());
    }

    // R4: each child that waited is dropped once
    [Fact]
    public void Close_WhenCalledAgain_GivesWhoCameMeanwhile()
    {
        Slots slots = new(1, null);
        Child[] children = [new(), new(), new(), new()];
        Array.ForEach(children[..3], child => slots.TakeOrWait(child));
        Assert.Equal(children[1..3], slots.Close());
        Assert.Equal((1, 0), slots.Counts);
        Assert.Equal(Slots.Place.Waiting, slots.TakeOrWait(children[3]));
        Assert.Equal(children[3..], slots.Close());
        Assert.Empty(slots.Close());
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
