using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R23: timeouts use the group's clock, and the earliest wins.
public sealed class TimeoutTests
{
    // R23
    [Theory, Plays]
    public Task Timeout_WhenTheClockReachesIt_FiresOnce(Play play) => play.In(async scene =>
    {
        TaskGroupOptions Options() => new() { Timeout = TimeSpan.FromSeconds(10), TimeProvider = scene.Clock, Observer = scene.Observer };
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            group =>
            {
                captured = group;
                return Work.Forever(group.CancellationToken);
            },
            Options());
        Task inTime = scene.RunAsync(_ => Task.CompletedTask, Options());
        await inTime;

        scene.Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal(CancellationReason.None, captured!.CancellationReason);
        Assert.False(captured.CancellationToken.IsCancellationRequested);

        scene.Clock.Advance(TimeSpan.FromTicks(1));
        scene.Clock.Advance(TimeSpan.FromSeconds(10));
        await Expect.TimedOut(run);
        Assert.Equal(CancellationReason.TimedOut, Assert.Single(scene.Observer.Of<ObserverEvent.GroupCanceled>()).Reason);
        Assert.True(inTime.IsCompletedSuccessfully);
    });

    // R21, R23
    [Theory, Plays]
    public Task Timeout_WhenTheGroupEndedBefore_LeavesNoTimer(Play play) => play.In(async scene =>
    {
        ITaskGroup? captured = null;
        await scene.RunAsync(
            group =>
            {
                captured = group;
                Assert.Equal(1, scene.Clock.LiveTimers);
                group.Run(async _ => await Task.Yield());
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(10), TimeProvider = scene.Clock });
        Assert.Equal(0, scene.Clock.LiveTimers);
        scene.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(CancellationReason.None, captured!.CancellationReason);
    });

    // R18
    [Theory, Plays]
    public Task Timeout_WhenInfinite_MeansNone(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            group =>
            {
                Assert.Equal(0, scene.Clock.LiveTimers);
                scene.Clock.Advance(TimeSpan.FromDays(365));
                Assert.Equal(CancellationReason.None, group.CancellationReason);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = Timeout.InfiniteTimeSpan, TimeProvider = scene.Clock });
    });

    // R23
    [Theory, Plays]
    public Task Timeout_WhenTheParentsIsShorter_TheEarliestWins(Play play) => play.In(async scene =>
    {
        Gate started = new();
        ITaskGroup? inner = null;
        Task? nested = null;
        Task run = scene.RunAsync(
            async outer =>
            {
                nested = outer.RunGroupAsync(
                    group =>
                    {
                        inner = group;
                        group.Run(ct =>
                        {
                            started.Open();
                            return Work.Forever(ct);
                        });
                        return Task.CompletedTask;
                    },
                    new TaskGroupOptions { Name = "inner", Timeout = TimeSpan.FromSeconds(60) });
                await nested;
            },
            new TaskGroupOptions { Name = "outer", Timeout = TimeSpan.FromSeconds(2), TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(2));
        await Expect.TimedOut(run, "outer");
        await Expect.ChildCanceled(nested!);
        Assert.Equal(CancellationReason.CallerCanceled, inner!.CancellationReason);
    });

    // R23: and the other way round
    [Theory, Plays]
    public Task Timeout_WhenTheNestedIsShorter_EndsTheNestedGroupAlone(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async outer =>
            {
                Gate started = new();
                Task nested = outer.RunGroupAsync(
                    group =>
                    {
                        group.Run(ct =>
                        {
                            started.Open();
                            return Work.Forever(ct);
                        });
                        return Task.CompletedTask;
                    },
                    new TaskGroupOptions { Name = "inner", Timeout = TimeSpan.FromSeconds(1) });
                await started.WaitAsync();
                scene.Clock.Advance(TimeSpan.FromSeconds(1));
                await Expect.TimedOut(nested, "inner");
                Assert.Equal(CancellationReason.None, outer.CancellationReason);
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(60), TimeProvider = scene.Clock });
    });

    // R17, R23
    [Theory, Plays]
    public Task Timeout_WhenANestedGroupCanceledItselfAndCleansUpTooLong_StillEndsTheOuter(Play play) => play.In(async scene =>
    {
        Gate cleaning = new(), release = new();
        ITaskGroup? inner = null;
        Task? nested = null;
        Task run = scene.RunAsync(
            async outer =>
            {
                nested = outer.RunGroupAsync(group =>
                {
                    inner = group;
                    group.Run(async ct =>
                    {
                        group.Cancel();
                        await Record.ExceptionAsync(() => Work.Forever(ct));
                        cleaning.Open();
                        await release.WaitAsync(CancellationToken.None);
                    });
                    return Task.CompletedTask;
                });
                await nested;
                scene.Trail.Add("nested joined");
                await Work.Forever(outer.CancellationToken);
            },
            new TaskGroupOptions { Name = "outer", Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });

        await cleaning.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        release.Open();
        await Expect.TimedOut(run, "outer");
        Assert.True(nested!.IsCompletedSuccessfully);
        Assert.Equal(CancellationReason.Requested, inner!.CancellationReason);
        Assert.Equal(["nested joined"], scene.Trail.Steps);
    });
}
