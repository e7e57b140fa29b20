using System.Diagnostics;
using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>A million background children, and children that start while the group is canceled. They run alone.</summary>
[Collection(nameof(BackgroundStressTests))]
[CollectionDefinition(nameof(BackgroundStressTests), DisableParallelization = true)]
public sealed class BackgroundStressTests
{
    // R47: nothing grows. What a million children leave registered on their token goes with their generation; one has 256 of them.
    [Fact]
    public async Task Run_WhenChildrenLeaveRegistrations_KeepsThoseOfAGenerationAtMost()
    {
        const int Kept = 1_000;
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 4);
        StrongBox<int> living = new();

        await LeaveBehindAsync(host.Background, 1_000_000, living);

        // The last children may still be leaving their generation, and finalizers run a collection after what they are of was dropped.
        long began = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref living.Value) > Kept && Stopwatch.GetElapsedTime(began) < WatchdogExtensions.Limit)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        Assert.InRange(Volatile.Read(ref living.Value), 1, Kept); // one at least: the generation that is not full is there
        Assert.Equal((0, 0), (host.Background.RunningCount, host.Background.WaitingCount));
        GC.KeepAlive(host);
    }

    // Cancel, starts and nested groups at once: every child ends, none is lost, and the group goes on.
    [Fact]
    public async Task Cancel_WhenCalledWhileChildrenStart_LosesNone()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 8);
        IBackgroundTaskGroup background = host.Background;
        using var end = new CancellationTokenSource();
        Task canceling = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                background.Cancel();
                await Task.Yield();
            }
        });
        Task[] starters = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int index = 0; index < 5_000; index++)
            {
                Task child = background.Run(_ => Task.CompletedTask);
                await child.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Task nested = background.RunGroupAsync(group => group.Run(_ => Task.CompletedTask));
                await nested.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Assert.False(child.IsFaulted || nested.IsFaulted);
            }
        }))];
        await Task.WhenAll(starters).WithWatchdog();
        await end.CancelAsync();
        await canceling.WithWatchdog();

        Assert.Equal(7, await background.Run(_ => Task.FromResult(7)).WithWatchdog());
        Assert.Equal((0, 0), (background.RunningCount, background.WaitingCount));
    }

    private static async Task LeaveBehindAsync(IBackgroundTaskGroup background, int children, StrongBox<int> living)
    {
        const int AtOnce = 1_000;
        Task[] batch = new Task[AtOnce];
        for (int done = 0; done < children; done += AtOnce)
        {
            for (int index = 0; index < AtOnce; index++)
            {
                batch[index] = background.Run(
                    static async (living, ct) =>
                    {
                        var linked = CancellationTokenSource.CreateLinkedTokenSource(ct); // not disposed
                        linked.Token.UnsafeRegister(static _ => { }, new LeftBehind(living));
                        await Task.WhenAny(Task.CompletedTask, Task.Delay(Timeout.Infinite, linked.Token));
                    },
                    living);
            }

            await Task.WhenAll(batch).WithWatchdog();
        }
    }

    /// <summary>Counts those of its kind that something still holds.</summary>
    private sealed class LeftBehind
    {
        private readonly StrongBox<int> _living;

        public LeftBehind(StrongBox<int> living)
        {
            _living = living;
            Interlocked.Increment(ref living.Value);
        }

        ~LeftBehind() => Interlocked.Decrement(ref _living.Value);
    }
}
