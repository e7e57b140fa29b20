namespace TaskGroups.Benchmarks;

/// <summary>The group itself against code by hand.</summary>
internal static class CoreReadings
{
    private const int OwnBox = 96; // bytes of the async method of a child that suspends; no contender can avoid them

    public static async IAsyncEnumerable<Reading> MeasureAsync(Rounds rounds)
    {
        yield return new(
            "exceptions that the group adds per canceled child",
            Spread.Exact(await Exceptions.AddedPerChildAsync()),
            0,
            0,
            "0.###",
            "");
        foreach (int children in (int[])[1_000, 10_000, 100_000])
        {
            Spread time = (await rounds.CompareAsync(ByGroup.FailFast, ByHand.FailFast, children, perSample: 2_000)).Time;
            yield return new($"one of {children:N0} fails, all canceled and joined: time against the careful version", time, 0.5, 0.35);
        }

        yield return new(
            "its growth per child from 1,000 to 100,000", await rounds.GrowthAsync(ByGroup.FailFast, null, 1_000, 100_000), 2, 1.3);

        Contender suspends = ByGroup.Inline(Work.Suspends);
        foreach (int children in (int[])[16, 256, 10_000])
        {
            (Spread time, Spread bytes, _) = await rounds.CompareAsync(suspends, ByHand.WhenAll(Work.Suspends), children);
            yield return new($"{children:N0} suspend once: time against WhenAll", time, null, null);
            (time, _, _) = await rounds.CompareAsync(suspends, ByHand.Correct(Work.Suspends), children);
            yield return new($"{children:N0} suspend once: time against the careful version", time, 1, 0.7);
            Spread own = new(bytes.Low - OwnBox, bytes.Median - OwnBox, bytes.High - OwnBox);
            double? gate = children < 256 ? null : 4;
            yield return new($"{children:N0} suspend once: bytes per child over its own box", own, gate, 1, "0.0", " B");
        }

        (Spread oneTime, Spread oneBytes, Spread theirBytes) = await rounds.CompareAsync(suspends, ByHand.Correct(Work.Suspends), 1);
        yield return new("a single child that suspends: time against the careful version", oneTime, null, null);
        yield return new(
            "a single child that suspends: bytes against the careful version",
            Spread.Exact(oneBytes.Median / theirBytes.Median),
            null,
            null);

        Contender atOnce = ByGroup.Inline(Work.EndsAtOnce);
        double bytesOfFew = 0;
        foreach (int children in (int[])[16, 256, 10_000])
        {
            (Spread time, Spread bytes, _) = await rounds.CompareAsync(atOnce, ByHand.WhenAll(Work.EndsAtOnce), children);
            yield return new($"{children:N0} end at once: time against WhenAll", time, 1.5, 0.8);
            if (children == 16)
            {
                bytesOfFew = bytes.Median * children;
            }
            else if (children == 10_000)
            {
                double more = (bytes.Median * children) - bytesOfFew;
                yield return new(
                    "end at once: bytes per child more",
                    Spread.Exact(Math.Round(more / (children - 16), 1)),
                    0,
                    0,
                    "0.0",
                    " B");
            }
        }

        foreach ((string kind, Func<CancellationToken, Task<int>> valued, Func<CancellationToken, Task> plain) in
            new[] { ("queued", Work.YieldsValue, Work.Suspends), ("queued that end at once", Work.ValueAtOnce, Work.EndsAtOnce) })
        {
            foreach (int children in (int[])[16, 256, 10_000])
            {
                (Spread time, Spread bytes, Spread other) = await rounds.CompareAsync(
                    ByGroup.Queued(valued),
                    ByHand.TaskRun(valued),
                    children);
                yield return new(
                    $"{children:N0} {kind}, with values: time against Task.Run and WhenAll", time, AtLeast256(children, 1), 0.75);
                yield return new(
                    $"{children:N0} {kind}, with values: bytes against Task.Run and WhenAll",
                    Spread.Exact(bytes.Median / other.Median),
                    AtLeast256(children, 1.2),
                    1);
            }

            foreach (int children in (int[])[16, 256, 10_000])
            {
                (Spread time, _, _) = await rounds.CompareAsync(ByGroup.TryRun(plain), ByHand.TaskRun(plain), children);
                yield return new($"{children:N0} {kind}, no task handed out: time against Task.Run and WhenAll", time, null, null);
                (Spread floor, _, _) = await rounds.CompareAsync(WorkItems.Of(plain), ByHand.TaskRun(plain), children);
                yield return new(
                    $"{children:N0} {kind}: the floor, work items and a count, against Task.Run and WhenAll",
                    floor,
                    null,
                    null);
            }
        }

        Spread parallel = (await rounds.CompareAsync(suspends, ByHand.ParallelForEach(Work.Suspends), 10_000)).Time;
        yield return new("10,000 suspend once: time against Parallel.ForEachAsync", parallel, null, null);
        yield return new(
            "growth per child from 1,000 to 1,000,000, against WhenAll's growth",
            await rounds.GrowthAsync(suspends, ByHand.WhenAll(Work.Suspends), 1_000, 1_000_000), 2, 1.3);
    }
    // Fewer are reported: opening and joining the group weighs as much as they do.
    private static double? AtLeast256(int children, double gate) => children < 256 ? null : gate;
}
