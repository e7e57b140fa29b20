using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Reports of children that still run some time after they were canceled.
public sealed class StragglerTests
{
    [Theory, Plays]
    public Task ChildStraggling_WhenChildrenIgnoreTheCancellation_NamesEachOnce(Play play) => play.In(async scene =>
    {
        Gate started = new(3), release = new();
        Task? quick = null;
        Task run = scene.RunAsync(
            async group =>
            {
                foreach (string name in new[] { "stubborn", "deaf" })
                {
                    group.Run(
                        async _ =>
                        {
                            started.Open();
                            await release.WaitAsync(CancellationToken.None);
                        },
                        name);
                }

                quick = group.Run(
                    ct =>
                    {
                        started.Open();
                        return Work.Forever(ct);
                    },
                    "quick");
                await started.WaitAsync();
                group.Cancel();
                await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Name == "quick");
                scene.Clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
                Assert.Empty(scene.Observer.Of<ObserverEvent.ChildStraggling>());
                scene.Clock.Advance(TimeSpan.FromTicks(1));
                await scene.Observer.WaitForAsync<ObserverEvent.ChildStraggling>(each => each.Name == "stubborn");
                await scene.Observer.WaitForAsync<ObserverEvent.ChildStraggling>(each => each.Name == "deaf");
                scene.Clock.Advance(TimeSpan.FromHours(1));
                release.Open();
            },
            new TaskGroupOptions { StragglerAfter = TimeSpan.FromSeconds(3), TimeProvider = scene.Clock, Observer = scene.Observer });
        await run;

        IReadOnlyList<ObserverEvent.ChildStraggling> reports = scene.Observer.Of<ObserverEvent.ChildStraggling>();
        Assert.Equal(["deaf", "stubborn"], reports.Select(each => each.Name).Order());
        Assert.All(reports, each => Assert.Equal(TimeSpan.FromSeconds(3), each.SinceCancellation));
        Assert.Equal(0, scene.Clock.LiveTimers);
    });

    // 5 seconds unless told otherwise; null: never
    [Theory, Plays]
    public Task ChildStraggling_WhenNothingIsSet_ComesAfterFiveSeconds(Play play) => play.In(async scene =>
    {
        foreach (bool reports in new[] { true, false })
        {
            RecordingObserver observer = new();
            Gate started = new(), release = new();
            TaskGroupOptions options = new() { TimeProvider = scene.Clock, Observer = observer };
            if (!reports)
            {
                options.StragglerAfter = null;
            }

            await scene.RunAsync(
                async group =>
                {
                    group.Run(async _ =>
                    {
                        started.Open();
                        await release.WaitAsync(CancellationToken.None);
                    });
                    await started.WaitAsync();
                    group.Cancel();
                    await observer.WaitForAsync<ObserverEvent.GroupCanceled>();
                    Assert.Equal(reports ? 1 : 0, scene.Clock.LiveTimers);
                    scene.Clock.Advance(TimeSpan.FromSeconds(5));
                    if (reports)
                    {
                        await observer.WaitForAsync<ObserverEvent.ChildStraggling>();
                    }

                    release.Open();
                },
                options);
            Assert.Equal(reports ? 1 : 0, observer.Of<ObserverEvent.ChildStraggling>().Count);
        }
    });

    // R7: stragglers of nested groups count their own time, and are reported by their own group
    [Theory, Plays]
    public Task ChildStraggling_WhenGroupsAreNested_NamesTheGroupOfTheChild(Play play) => play.In(async scene =>
    {
        Gate started = new(), release = new();
        await scene.RunAsync(
            async outer =>
            {
                Task nested = outer.RunGroupAsync(
                    inner =>
                    {
                        inner.Run(
                            async _ =>
                            {
                                started.Open();
                                await release.WaitAsync(CancellationToken.None);
                            },
                            "deep");
                        return Task.CompletedTask;
                    },
                    new TaskGroupOptions { Name = "inner" });
                await started.WaitAsync();
                outer.Cancel();
                await scene.Observer.WaitForAsync<ObserverEvent.GroupCanceled>(each => each.Group.Name == "inner");
                scene.Clock.Advance(TimeSpan.FromSeconds(5));
                await scene.Observer.WaitForAsync<ObserverEvent.ChildStraggling>();
                release.Open();
                await nested;
            },
            new TaskGroupOptions { Name = "outer", TimeProvider = scene.Clock, Observer = scene.Observer });
        ObserverEvent.ChildStraggling report = Assert.Single(scene.Observer.Of<ObserverEvent.ChildStraggling>());
        Assert.Equal(("inner", "deep"), (report.Group.Name, report.Name));
    });

    // A child that never began is no straggler, and nothing is reported of a group that has completed
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task ChildStraggling_WhenTheClockRacesTheEnd_ComesBeforeGroupCompletedAndAfterTheStart(ChildStart start)
    {
        for (int round = 0; round < 500; round++)
        {
            RecordingObserver observer = new();
            ManualClock clock = new();
            Gate canceled = new();
            Task run = TaskGroup.RunAsync(
                group =>
                {
                    for (int i = 0; i < 4; i++)
                    {
                        group.Run(ct => Work.UntilCanceled(ct), $"{i}");
                    }

                    group.Cancel();
                    canceled.Open();
                    return Task.CompletedTask;
                },
                new TaskGroupOptions
                {
                    ChildStart = start,
                    StragglerAfter = TimeSpan.FromSeconds(1),
                    TimeProvider = clock,
                    Observer = observer
                });
            await canceled.WaitAsync();
            clock.Advance(TimeSpan.FromSeconds(1));
            await run.WithWatchdog();
            clock.Advance(TimeSpan.FromSeconds(1));

            observer.Events.Verify();
            Assert.All(observer.Of<ObserverEvent.ChildStraggling>(), report =>
                Assert.Contains(observer.Of<ObserverEvent.ChildStarted>(), each => each.Name == report.Name));
        }
    }

    // A nested group inherits the time, unless it has one of its own
    [Theory, Plays]
    public Task ChildStraggling_WhenGroupsAreNested_IsTimedByTheirOwnOptionsOrElseTheOuters(Play play) => play.In(scene => scene.RunAsync(
        async outer =>
        {
            foreach ((TaskGroupOptions options, int seconds) in new (TaskGroupOptions, int)[]
            {
                (new(), 3),
                (new() { StragglerAfter = TimeSpan.FromSeconds(2) }, 2),
            })
            {
                await outer.RunGroupAsync(
                    inner =>
                    {
                        inner.Cancel();
                        return scene.Clock.WaitForTimerAsync(TimeSpan.FromSeconds(seconds));
                    },
                    options);
            }
        },
        new TaskGroupOptions { StragglerAfter = TimeSpan.FromSeconds(3), TimeProvider = scene.Clock, Observer = scene.Observer }));

    // A timer that was about to fire when the group completed finds no child to report.
    [Fact]
    public async Task ChildStraggling_WhenItsTimerFiresAfterTheEnd_IsNotReported()
    {
        LateClock clock = new();
        RecordingObserver observer = new();
        ITaskGroup? completed = null;
        await TaskGroup.RunAsync(
            group =>
            {
                completed = group;
                group.Cancel();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = observer, TimeProvider = clock });
        int before = observer.Events.Count;
        clock.Fire!();
        Assert.Equal(before, observer.Events.Count);
        Expect.Refused(completed!);
    }

    /// <summary>A clock whose only timer is fired by hand, also after it was disposed.</summary>
    private sealed class LateClock : TimeProvider
    {
        public Action? Fire { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Fire = () => callback(state);
            return base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
