using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>A million background children, and children that start while the group is canceled. They run alone.</summary>
[Collection(nameof(BackgroundStressTests))]
[CollectionDefinition(nameof(BackgroundStressTests), DisableParallelization = true)]
public sealed class BackgroundStressTests
{
    // Nothing grows: what a million children leave registered on their token goes with them.
    [Fact]
    public async Task Run_WhenChildrenLeaveRegistrations_KeepsNone()
    {
        await using TestHost host = await TestHost.StartAsync(options => options.MaxConcurrency = 4);
        await LeaveBehindAsync(host.Background, 20_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        await LeaveBehindAsync(host.Background, 1_000_000);

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 2 * 1024 * 1024, $"1,000,000 children left {grown:N0} bytes behind.");
        Assert.Equal((0, 0), (host.Background.RunningCount, host.Background.WaitingCount));
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

    private static async Task LeaveBehindAsync(IBackgroundTaskGroup background, int children)
    {
        const int AtOnce = 1_000;
        Task[] batch = new Task[AtOnce];
        for (int done = 0; done < children; done += AtOnce)
        {
            for (int index = 0; index < AtOnce; index++)
            {
                batch[index] = background.Run(static async ct =>
                {
                    var linked = CancellationTokenSource.CreateLinkedTokenSource(ct); // not disposed
                    await Task.WhenAny(Task.CompletedTask, Task.Delay(Timeout.Infinite, linked.Token));
                });
            }

            await Task.WhenAll(batch).WithWatchdog();
        }
    }
}
