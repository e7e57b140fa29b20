using System.Diagnostics;

namespace TaskGroups.Benchmarks;

/// <summary>Runs contenders in turns: what disturbs one disturbs the other, and each round is compared with itself.</summary>
internal sealed class Rounds(int count)
{
    private const int ChildrenPerSample = 40_000; // about 10 ms


    /// <summary>
    /// Long enough for the runtime to settle on its optimized code, which it makes in the background while it watches what runs.
    /// </summary>
    public static TimeSpan Settling { get; } = TimeSpan.FromSeconds(1.5);

    public int Count => count;

    /// <summary>
    /// How long the first takes for one child, over how long the second takes; and the bytes that each allocates for one child.
    /// </summary>
    public async Task<(Spread Time, Spread Bytes, Spread OtherBytes)> CompareAsync(
        Contender ours, Contender theirs, int children, int perSample = ChildrenPerSample)
    {
        int repeats = Math.Max(1, perSample / children);
        List<(double Ratio, double Ours, double Theirs)> rounds = [];
        await WarmUpAsync(ours, theirs, children);
        for (int round = 0; round < count; round++)
        {
            Sample ourSample = await TakeAsync(ours, children, repeats);
            Sample theirSample = await TakeAsync(theirs, children, repeats);
            rounds.Add((ourSample.Nanoseconds / theirSample.Nanoseconds, ourSample.Bytes, theirSample.Bytes));
        }

        return (Spread.Of(rounds.Select(it => it.Ratio)), Spread.Of(rounds.Select(it => it.Ours)), Spread.Of(
            rounds.Select(it => it.Theirs)));
    }

    /// <summary>How much dearer one child of many is than one child of few: ours over theirs, or alone.</summary>
    public async Task<Spread> GrowthAsync(Contender ours, Contender? theirs, int few, int many)
    {
        List<double> rounds = [];
        await WarmUpAsync(ours, theirs ?? ours, few);
        for (int round = 0; round < count; round++)
        {
            double growth = await GrowthOnceAsync(ours, few, many);
            double other = theirs is null ? 1 : await GrowthOnceAsync(theirs, few, many);
            rounds.Add(growth / other);
        }

        return Spread.Of(rounds);
    }

    /// <summary>Nanoseconds for one child.</summary>
    public async Task<Spread> TimeAsync(Contender contender, int children)
    {
        List<double> rounds = [];
        await WarmUpAsync(contender, contender, children);
        for (int round = 0; round < count; round++)
        {
            rounds.Add((await TakeAsync(contender, children, 1)).Nanoseconds);
        }

        return Spread.Of(rounds);
    }

    private static async Task WarmUpAsync(Contender ours, Contender theirs, int children)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            await ours.RunAsync(children);
            await theirs.RunAsync(children);
        }
        while (Stopwatch.GetElapsedTime(start) < Settling);
    }

    private static async Task<double> GrowthOnceAsync(Contender contender, int few, int many)
    {
        Sample small = await TakeAsync(contender, few, Math.Max(1, many / few / 10));
        Sample large = await TakeAsync(contender, many, 1);
        return large.Nanoseconds / small.Nanoseconds;
    }

    private static async Task<Sample> TakeAsync(Contender contender, int children, int repeats)
    {
        GC.Collect();
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            await contender.RunAsync(children);
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        return new Sample(nanoseconds / repeats / children, (double)bytes / repeats / children);
    }

    private readonly record struct Sample(double Nanoseconds, double Bytes);
}
