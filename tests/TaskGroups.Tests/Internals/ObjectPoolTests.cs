namespace TaskGroups.Tests;

/// <summary>R24: what is used again is handed out once at a time, and what waits for it is bounded.</summary>
public sealed class ObjectPoolTests
{
    private const int DepotSize = 10_240 / ObjectPool.MagazineSize;

    private readonly ObjectPool.Depot _depot = new();

    // R24: through both magazines of a thread and the depot behind them
    [Fact]
    public void TryRent_WhenAnyNumberOfObjectsWasPut_GivesEachOnceTheLastFirst()
    {
        for (int count = 0; count <= 5 * ObjectPool.MagazineSize; count++)
        {
            ObjectPool pool = new(new ObjectPool.Depot());
            for (int round = 0; round < 2; round++)
            {
                List<PooledObject> put = PutMany(pool, count);
                put.Reverse();
                Assert.Equal(put, TakeAll(pool));
            }
        }
    }

    // R24: the depot bounds magazines, not objects, so a pool that goes there is full, whatever was taken and put at the edges before
    [Fact]
    public void Return_WhenBothMagazinesOfAThreadAreFull_GivesTheOlderToTheDepot()
    {
        ObjectPool pool = new(_depot);
        Assert.Null(pool.TryRent());
        PutMany(pool, ObjectPool.MagazineSize + 10);
        TakeMany(pool, 20); // over the edge
        PutMany(pool, ObjectPool.MagazineSize + 10); // and back: now both are full
        Assert.Null(_depot.TryTake());

        PutMany(pool, 1);
        PooledObject? older = _depot.TryTake();
        Assert.Equal(ObjectPool.MagazineSize, LengthOf(older));
        Assert.Null(_depot.TryTake());
        Assert.Equal(ObjectPool.MagazineSize + 1, TakeAll(pool).Count);
    }

    // R24: children start on one thread and end on another
    [Fact]
    public void TryRent_WhenAnotherThreadPutMoreThanItKeeps_GivesTheRest()
    {
        ObjectPool ends = new(_depot), starts = new(_depot);
        List<PooledObject> put = PutMany(ends, (2 * ObjectPool.MagazineSize) + 1);
        Assert.Equal(put.Take(ObjectPool.MagazineSize).Reverse(), TakeAll(starts));
        Assert.Equal(put.Skip(ObjectPool.MagazineSize).Reverse(), TakeAll(ends));
    }

    // R24
    [Fact]
    public void Return_WhenTheDepotIsFull_DropsTheMagazine()
    {
        List<PooledObject> magazines = [.. Enumerable.Range(0, DepotSize + 1).Select(_ => new Thing())];
        magazines.ForEach(_depot.Put);
        foreach (PooledObject kept in magazines.Take(DepotSize).Reverse())
        {
            Assert.Same(kept, _depot.TryTake());
        }

        Assert.Null(_depot.TryTake());
    }

    private static List<PooledObject> PutMany(ObjectPool pool, int count)
    {
        List<PooledObject> put = [.. Enumerable.Range(0, count).Select(_ => new Thing())];
        put.ForEach(pool.Return);
        return put;
    }

    private static void TakeMany(ObjectPool pool, int count)
    {
        for (int taken = 0; taken < count; taken++)
        {
            Assert.NotNull(pool.TryRent());
        }
    }

    private static List<PooledObject> TakeAll(ObjectPool pool)
    {
        List<PooledObject> taken = [];
        // A pool that gives one for ever must not hang the test.
        while (taken.Count < 10 * ObjectPool.MagazineSize && pool.TryRent() is { } next)
        {
            taken.Add(next);
        }

        return taken;
    }

    private static int LengthOf(PooledObject? pool)
    {
        int length = 0;
        for (; pool is not null; pool = pool.Link)
        {
            length++;
        }

        return length;
    }

    private sealed class Thing : PooledObject;
}
