using System.Runtime.CompilerServices;

namespace TaskGroups.Tests;

/// <summary>R24 in bytes. Alone in the process: other tests would be measured as well.</summary>
/// <remarks>
/// The baseline is taken after a first round of the same size: the queues of the thread pool grow with it once, and stay.
/// </remarks>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests
{
    private const int Count = 40_000;
    private const long Leak = 23 * Count; // less than the smallest object per child

    // R24
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenManyChildrenPassThroughOneGroup_MemoryFollowsTheLiveOnes(Play play) => play.In(scene => scene.RunAsync(
        async group =>
        {
            await PassAsync(group, Count);
            long baseline = await MeasureAsync(0);
            await PassAsync(group, Count);
            Assert.InRange(await MeasureAsync(baseline + Leak) - baseline, long.MinValue, Leak);
        },
        new TaskGroupOptions { TrackChildren = true }));

    // R24
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenManyChildrenCompleteSynchronously_ReturnsToTheBaseline(Play play) => play.In(async scene =>
    {
        async Task StartAsync(int count)
        {
            int ran = 0;
            await scene.RunAsync(group =>
            {
                for (int i = 0; i < count; i++)
                {
                    group.Run(_ =>
                    {
                        Interlocked.Increment(ref ran);
                        return Task.CompletedTask;
                    });
                }

                return Task.CompletedTask;
            });
            Assert.Equal(count, ran);
        }

        await StartAsync(Count);
        long baseline = await MeasureAsync(0);
        await StartAsync(Count);
        Assert.InRange(await MeasureAsync(baseline + Leak) - baseline, long.MinValue, Leak);
    });

    // R24
    [Theory, Plays(StartModesOnly = true)]
    public Task Supervise_WhenManyChildrenFail_KeepsNoFailure(Play play) => play.In(scene => scene.RunAsync(
        async group =>
        {
            await FailAsync(group, Count);
            long baseline = await MeasureAsync(0);
            await FailAsync(group, Count);
            Assert.InRange(await MeasureAsync(baseline + Leak) - baseline, long.MinValue, Leak);
        },
        new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise }));

    // R13, R24
    [Theory, Plays(StartModesOnly = true)]
    public Task CollectAll_WhenManyChildrenFail_KeepsAllFailuresUntilItsTaskIsDropped(Play play) => play.In(async scene =>
    {
        await CollectAsync(scene, Count);
        long baseline = await MeasureAsync(0);
        await CollectAsync(scene, Count);
        Assert.InRange(await MeasureAsync(baseline + Leak) - baseline, long.MinValue, Leak);
    });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task PassAsync(ITaskGroup group, int count)
    {
        const int Live = 100;
        Queue<Task> live = new();
        for (int i = 0; i < count; i++)
        {
            live.Enqueue(group.Run(async _ => await Task.Yield()));
            if (live.Count == Live)
            {
                await live.Dequeue();
            }
        }

        await Task.WhenAll(live);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task FailAsync(ITaskGroup group, int count)
    {
        Task[] children = [.. Enumerable.Range(0, count).Select(_ => group.Run(_ => Task.FromException(new InvalidDataException())))];
        await Task.WhenAll(children).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.All(children, child => Assert.True(child.IsFaulted));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task CollectAsync(Scene scene, int count)
    {
        Task run = scene.RunAsync(
            group =>
            {
                for (int i = 0; i < count; i++)
                {
                    group.Run(_ => Task.FromException(new InvalidDataException()));
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
        await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.Equal(count, run.Exception!.InnerExceptions.Distinct().Count());
    }

    // A stack below this one, or a thread of the pool, may hold what has just ended; a finalizer lets go of it one collection later.
    private static async Task<long> MeasureAsync(long goal)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 3 || (least > goal && goal > 0 && round < 20); round++)
        {
            await Task.Yield();
            least = Math.Min(least, GC.GetTotalMemory(forceFullCollection: true));
            GC.WaitForPendingFinalizers();
        }

        return least;
    }
}
