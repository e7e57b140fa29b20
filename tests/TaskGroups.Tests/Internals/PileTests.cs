namespace TaskGroups.Tests;

/// <summary>R24: what is used again is handed out once at a time, and what waits for it is bounded.</summary>
public sealed class PileTests
{
    private const int DepotSize = 10_240 / Pile.Size;

    private readonly Depot _depot = new();

    // R24: through both piles of a thread and the depot behind them
    [Fact]
    public void Take_WhenAnyNumberOfObjectsWasPut_GivesEachOnceTheLastFirst()
    {
        for (int count = 0; count <= 5 * Pile.Size; count++)
        {
            Pile pile = new(new Depot());
            for (int round = 0; round < 2; round++)
            {
                List<Piled> put = PutMany(pile, count);
                put.Reverse();
                Assert.Equal(put, TakeAll(pile));
            }
        }
    }

    // R24: the depot bounds piles, not objects, so a pile that goes there is full, whatever was taken and put at the edges before
    [Fact]
    public void Put_WhenBothPilesOfAThreadAreFull_GivesTheOlderToTheDepot()
    {
        Pile pile = new(_depot);
        Assert.Null(pile.Take());
        PutMany(pile, Pile.Size + 10);
        TakeMany(pile, 20); // over the edge
        PutMany(pile, Pile.Size + 10); // and back: now both are full
        Assert.Null(_depot.Take());

        PutMany(pile, 1);
        Piled? older = _depot.Take();
        Assert.Equal(Pile.Size, LengthOf(older));
        Assert.Null(_depot.Take());
        Assert.Equal(Pile.Size + 1, TakeAll(pile).Count);
    }

    // R24: children start on one thread and end on another
    [Fact]
    public void Take_WhenAnotherThreadPutMoreThanItKeeps_GivesTheRest()
    {
        Pile ends = new(_depot), starts = new(_depot);
        List<Piled> put = PutMany(ends, (2 * Pile.Size) + 1);
        Assert.Equal(put.Take(Pile.Size).Reverse(), TakeAll(starts));
        Assert.Equal(put.Skip(Pile.Size).Reverse(), TakeAll(ends));
    }

    // R24
    [Fact]
    public void Put_WhenTheDepotIsFull_DropsThePile()
    {
        List<Piled> piles = [.. Enumerable.Range(0, DepotSize + 1).Select(_ => new Thing())];
        piles.ForEach(_depot.Put);
        foreach (Piled kept in piles.Take(DepotSize).Reverse())
        {
            Assert.Same(kept, _depot.Take());
        }

        Assert.Null(_depot.Take());
    }

    private static List<Piled> PutMany(Pile pile, int count)
    {
        List<Piled> put = [.. Enumerable.Range(0, count).Select(_ => new Thing())];
        put.ForEach(pile.Put);
        return put;
    }

    private static void TakeMany(Pile pile, int count)
    {
        for (int taken = 0; taken < count; taken++)
        {
            Assert.NotNull(pile.Take());
        }
    }

    private static List<Piled> TakeAll(Pile pile)
    {
        List<Piled> taken = [];
        while (taken.Count < 10 * Pile.Size && pile.Take() is { } next) // a pile that gives one for ever must not hang the test
        {
            taken.Add(next);
        }

        return taken;
    }

    private static int LengthOf(Piled? pile)
    {
        int length = 0;
        for (; pile is not null; pile = (Piled?)pile.Link)
        {
            length++;
        }

        return length;
    }

    private sealed class Thing : Piled;
}
