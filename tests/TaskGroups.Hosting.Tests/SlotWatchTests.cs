using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

// R26: a full group that waits for itself
public sealed class SlotWatchTests
{
    [Fact]
    public async Task Look_WhenAFullGroupWaitsForItself_WarnsOnceAndNamesTheHolders()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddBackgroundTaskGroup(
            "one", options => options.MaxConcurrency = 1));
        SlotWatch watch = host.Services.GetRequiredService<SlotWatch>();
        IBackgroundTaskGroup group = host.Group("one");
        Gate waits = new();
        Task outer = group.Run(
            ct =>
            {
                Task inner = group.Run(_ => Task.CompletedTask, "inner");
                waits.Open();
                return inner;
            },
            "outer");
        await waits.WaitAsync(CancellationToken.None).WithWatchdog();

        watch.Look();
        host.Clock.Advance(SlotWatch.DefaultLimit - TimeSpan.FromSeconds(1));
        watch.Look();
        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        watch.Look();
        host.Clock.Advance(SlotWatch.DefaultLimit);
        watch.Look();

        LogEntry warning = Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal(("one", 1, "'outer'", 1), (warning["TaskGroup"], warning["SlotCount"], warning["Children"], warning["WaitingCount"]));
        Assert.Contains("RunGroupAsync", warning.Message, StringComparison.Ordinal);
        group.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outer.WithWatchdog());
    }

    // A slot that moves, and a full group for which no child waits, are no reason to warn.
    [Fact]
    public async Task Look_WhenASlotHasMoved_CountsFromThereOn()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddBackgroundTaskGroup(
            "one", options => options.MaxConcurrency = 1));
        SlotWatch watch = host.Services.GetRequiredService<SlotWatch>();
        IBackgroundTaskGroup group = host.Group("one");
        Gate first = new(), second = new(), secondRuns = new();
        Task one = group.Run(_ => first.WaitAsync(CancellationToken.None), "first");
        Task two = group.Run(
            _ =>
            {
                secondRuns.Open();
                return second.WaitAsync(CancellationToken.None);
            },
            "second");
        Task three = group.Run(_ => Task.CompletedTask, "third");
        watch.Look();
        host.Clock.Advance(SlotWatch.DefaultLimit - TimeSpan.FromSeconds(1));
        first.Open();
        await secondRuns.WaitAsync(CancellationToken.None).WithWatchdog();
        watch.Look();
        host.Clock.Advance(SlotWatch.DefaultLimit - TimeSpan.FromSeconds(1));
        watch.Look();
        second.Open();
        await Task.WhenAll(one, two, three).WithWatchdog();
        host.Clock.Advance(SlotWatch.DefaultLimit);
        watch.Look();

        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    // Where the opener has set it, StragglerAfter is the limit.
    [Fact]
    public async Task Look_InAGroupWithAStragglerLimit_WarnsAfterThat()
    {
        await using TestHost host = await TestHost.StartAsync();
        SlotWatch watch = host.Services.GetRequiredService<SlotWatch>();
        Gate release = new();
        Task run = host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            async group =>
            {
                Task holder = group.Run(_ => release.WaitAsync(CancellationToken.None), "holder");
                Task waiter = group.Run(_ => Task.CompletedTask, "waiter");
                watch.Look();
                host.Clock.Advance(TimeSpan.FromSeconds(2));
                watch.Look();
                release.Open();
                await Task.WhenAll(holder, waiter);
            },
            new TaskGroupOptions { Name = "prices", MaxConcurrency = 1, StragglerAfter = TimeSpan.FromSeconds(2) });
        await run.WithWatchdog();

        Assert.Equal("prices", Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning))["TaskGroup"]);
    }

    // What is looked at are the limits in which a child has waited, not the groups.
    [Fact]
    public async Task Look_LooksOnlyAtLimitsInWhichChildrenHaveWaited()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services
            .AddBackgroundTaskGroup("roomy", options => options.MaxConcurrency = 100)
            .AddBackgroundTaskGroup("tight", options => options.MaxConcurrency = 1));
        GroupServices services = host.Services.GetRequiredService<GroupServices>();
        Gate release = new();
        Task[] roomy =
        [
            host.Group("roomy").Run(_ => release.WaitAsync(CancellationToken.None)),
            host.Background.Run(_ => Task.CompletedTask),
        ];
        Assert.Empty(services.WaitedFor);

        Task[] tight = [.. Enumerable.Range(0, 3).Select(_ => host.Group("tight").Run(_ => release.WaitAsync(CancellationToken.None)))];

        Assert.Equal((1, 2), Assert.Single(services.WaitedFor).Counts);
        release.Open();
        await Task.WhenAll([.. roomy, .. tight]).WithWatchdog();
    }

    // R47: the generations of a background group share its limit
    [Fact]
    public async Task Look_WhenTheHolderIsOfAnOlderGeneration_NamesIt()
    {
        await using TestHost host = await TestHost.StartAsync(after: services => services.AddBackgroundTaskGroup(
            "two", options => options.MaxConcurrency = 2));
        SlotWatch watch = host.Services.GetRequiredService<SlotWatch>();
        IBackgroundTaskGroup group = host.Group("two");
        Gate release = new();
        Task old = group.Run(_ => release.WaitAsync(CancellationToken.None), "old");
        for (int index = 0; index < Generations.MaxChildren; index++)
        {
            await group.Run(_ => Task.CompletedTask).WithWatchdog();
        }

        Task young = group.Run(_ => release.WaitAsync(CancellationToken.None), "young");
        Task waiter = group.Run(_ => Task.CompletedTask, "waiter");

        watch.Look();
        host.Clock.Advance(SlotWatch.DefaultLimit);
        watch.Look();

        Assert.Equal("'old', 'young'", Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning))["Children"]);
        release.Open();
        await Task.WhenAll(old, young, waiter).WithWatchdog();
    }
}
