using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>Many children, many groups: no stack overflows, no failure goes unobserved, memory comes back. Alone in the process.</summary>
[Collection(nameof(StressTests))]
[CollectionDefinition(nameof(StressTests), DisableParallelization = true)]
public sealed class StressTests : IDisposable
{
    private const long NestedBound = 8 * 1024 * 1024; // bytes; the queues of the pool grow with the groups once, and stay

    private static readonly int Count =
        int.Parse(Environment.GetEnvironmentVariable("TASKGROUPS_STRESS") ?? "20000", CultureInfo.InvariantCulture);

    private static readonly long Bound = 80L * Count; // bytes, less than a record for each child

    private readonly ConcurrentQueue<Exception> _unobserved = new();

    public StressTests() => TaskScheduler.UnobservedTaskException += Note;

    public static TheoryData<StressMix, bool, ChildStart, int?> Mixes => new(
        from mix in Enum.GetValues<StressMix>()
        from suspends in new[] { false, true }
        from start in Enum.GetValues<ChildStart>()
        from limit in new int?[] { null, 16 }
        where limit is null || suspends == (start == ChildStart.Queued)
        select (mix, suspends, start, limit));

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Note;

    // R1, R10, R14, R18, R24, R26
    [Theory, MemberData(nameof(Mixes))]
    public async Task RunAsync_WithManyChildren_EndsByTheRulesAndKeepsNothing(
        StressMix mix,
        bool suspends,
        ChildStart start,
        int? limit)
    {
        await RunAsync(mix, suspends, start, limit, 1_000);
        long baseline = await MeasureAsync(0);
        await RunAsync(mix, suspends, start, limit, Count);

        Assert.InRange(await MeasureAsync(baseline + Bound) - baseline, long.MinValue, Bound);
        Assert.Empty(_unobserved);
    }

    // R7, R14
    [Theory]
    [InlineData(ChildStart.Inline)]
    [InlineData(ChildStart.Queued)]
    public async Task RunGroupAsync_WhenTenThousandFailSideBySide_FailsNothingElseAndKeepsNothing(ChildStart start)
    {
        await NestAsync(start, 100);
        long baseline = await MeasureAsync(0);
        await NestAsync(start, 10_000);

        Assert.InRange(await MeasureAsync(baseline + NestedBound) - baseline, long.MinValue, NestedBound);
        Assert.Empty(_unobserved);
    }

    // R7, R10
    [Theory]
    [InlineData(ChildStart.Inline)]
    [InlineData(ChildStart.Queued)]
    public async Task RunGroupAsync_WhenTheDeepestOf128Fails_ThrowsThatObjectAtTheTop(ChildStart start)
    {
        StressException failure = new();

        Task run = TaskGroup.RunAsync(group => DescendAsync(group, 128, failure), new TaskGroupOptions { ChildStart = start });

        await Expect.Throws(run, failure);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task RunAsync(StressMix mix, bool suspends, ChildStart start, int? limit, int count) =>
        new StressRun(mix, suspends, start, limit).RunAsync(count);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task NestAsync(ChildStart start, int count)
    {
        int failed = 0;
        await TaskGroup.RunAsync(
            group => Task.WhenAll(Enumerable.Range(0, count).Select(_ => group.RunGroupAsync(async nested => await nested.Run(async _ =>
            {
                await Task.Yield();
                Interlocked.Increment(ref failed);
                throw new StressException();
            })))).ContinueWith(all => Assert.Equal(count, all.Exception!.InnerExceptions.Count), TaskScheduler.Default),
            new TaskGroupOptions { ChildStart = start }).WithWatchdog();
        Assert.Equal(count, failed);
    }

    private static Task DescendAsync(ITaskGroup group, int levels, Exception failure) => levels == 0
        ? group.Run(_ => Task.FromException(failure))
        : group.RunGroupAsync(nested => DescendAsync(nested, levels - 1, failure));

    // What has just ended may hang on to a thread's stack, and a finalizer lets go of things one collection later.
    private static async Task<long> MeasureAsync(long goal)
    {
        for (int round = 0; ; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            long bytes = GC.GetTotalMemory(forceFullCollection: false);
            if (bytes <= goal || round == 5)
            {
                return bytes;
            }

            await Task.Yield();
        }
    }

    private void Note(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        foreach (Exception exception in e.Exception.Flatten().InnerExceptions.OfType<StressException>())
        {
            _unobserved.Enqueue(exception);
        }
    }
}
