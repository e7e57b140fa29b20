using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R18: a timeout that cuts work short is thrown, and its message names the children that still ran.
public sealed class TimeoutOutcomeTests
{
    // R18
    [Theory, Plays]
    public Task RunAsync_WhenTheTimeoutFires_NamesWhoStillRan(Play play) => play.In(async scene =>
    {
        Gate started = new(2), quick = new();
        Task run = scene.RunAsync(
            group =>
            {
                foreach (string name in new[] { "prices", "stock" })
                {
                    group.Run(
                        ct =>
                        {
                            started.Open();
                            return Work.Forever(ct);
                        },
                        name);
                }

                group.Run(
                    _ =>
                    {
                        quick.Open();
                        return Task.CompletedTask;
                    },
                    "long gone");
                return Task.CompletedTask;
            },
            new TaskGroupOptions
            {
                Name = "product page",
                Timeout = TimeSpan.FromSeconds(2),
                TimeProvider = scene.Clock,
                Observer = scene.Observer
            });

        await started.WaitAsync();
        await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Name == "long gone");
        scene.Clock.Advance(TimeSpan.FromSeconds(2));
        await Expect.TimedOut(run, "product page", "prices", "stock");
        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(() => run);
        Assert.DoesNotContain("long gone", thrown.Message, StringComparison.Ordinal);
    });

    // R18: the message names up to ten, says how long each has run, and counts those that wait for a slot
    [Theory]
    [InlineData(0, 20, "No child was running, only the body.")]
    [InlineData(2, 1, "Running then: '0' (1.5 s). Waiting for a slot: 1.")]
    [InlineData(10, 20, "Running then: '0' (1.5 s), '1' (1.5 s), '2' (1.5 s), '3' (1.5 s), '4' (1.5 s), '5' (1.5 s), '6' (1.5 s), '7' "
        + "(1.5 s), '8' (1.5 s), '9' (1.5 s).")]
    [InlineData(12, 20, "Running then: '0' (1.5 s), '1' (1.5 s), '2' (1.5 s), '3' (1.5 s), '4' (1.5 s), '5' (1.5 s), '6' (1.5 s), '7' "
        + "(1.5 s), '8' (1.5 s), '9' (1.5 s) and 2 more.")]
    public async Task RunAsync_WhenTheTimeoutFires_SaysHowLongTheyRan(int children, int limit, string who)
    {
        ManualClock clock = new();
        Task run = TaskGroup.RunAsync(
            group =>
            {
                for (int i = 0; i < children; i++)
                {
                    group.Run(Work.Forever, $"{i}");
                }

                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions { Name = "trip", Timeout = TimeSpan.FromSeconds(1.5), MaxConcurrency = limit, TimeProvider = clock });
        clock.Advance(TimeSpan.FromSeconds(1.5));
        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(() => run.WithWatchdog());
        Assert.Equal($"The task group 'trip' was canceled by its timeout of 1.5 s. {who}", thrown.Message);
    }

    // R17, R18
    [Theory, Plays]
    public Task RunAsync_WhenAChildFailsAfterTheTimeout_ThrowsTheFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate started = new(2);
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            group =>
            {
                captured = group;
                group.Run(ct => Work.FailInCleanUp(started.Open, failure, ct));
                group.Run(ct =>
                {
                    started.Open();
                    return Work.Forever(ct);
                });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(2), TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(2));
        await Expect.Throws(run, failure);
        Assert.Equal(CancellationReason.TimedOut, captured!.CancellationReason);
    });

    // R18, R19: a timeout that cut nothing short leaves the result
    [Theory, Plays]
    public Task RunAsync_WhenEverythingFinishedAlthoughTheTimeoutFired_TheResultStands(Play play) => play.In(async scene =>
    {
        int value = await scene.RunAsync(
            _ =>
            {
                scene.Clock.Advance(TimeSpan.FromSeconds(2));
                return Task.FromResult(4);
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(2), TimeProvider = scene.Clock });
        Assert.Equal(4, value);
    });

    // R18: ten names are enough, and a child that never ran did not run
    [Theory, Plays]
    public Task Timeout_WhenManyChildrenRun_NamesTenAndCountsTheRest(Play play) => play.In(async scene =>
    {
        await TimeOutAsync(scene, running: 10, "");
        await TimeOutAsync(scene, running: 12, " and 2 more");
    });

    // R18
    [Theory, Plays]
    public Task Timeout_WhenOnlyTheBodyRuns_SaysSo(Play play) => play.In(async scene =>
    {
        Task run = scene.RunAsync(
            group =>
            {
                scene.Clock.Advance(TimeSpan.FromSeconds(3));
                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions { Name = "lonely", Timeout = TimeSpan.FromSeconds(3), TimeProvider = scene.Clock });
        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => run);
        Assert.Equal("The task group 'lonely' was canceled by its timeout of 3 s. No child was running, only the body.", late.Message);
    });

    // R18: a nested group is named if only its body runs
    [Theory, Plays]
    public Task RunAsync_WhenTheTimeoutFindsANestedBody_NamesItsGroup(Play play) => play.In(async scene =>
    {
        Gate running = new();
        Task run = scene.RunAsync(
            group =>
            {
                _ = group.RunGroupAsync(
                    inner =>
                    {
                        running.Open();
                        return Work.Forever(inner.CancellationToken);
                    },
                    new TaskGroupOptions { Name = "inner" });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "outer", Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
        await running.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.TimedOut(run, "outer", "inner");
    });

    // R18: a child whose scope has a group, which is named after it, is named once
    [Fact]
    public async Task RunAsync_WhenTheTimeoutFindsAChildWithAGroupOfItsName_NamesItOnce()
    {
        ManualClock clock = new();
        Gate running = new();
        Task run = TaskGroup.RunAsync(
            outer => outer.Run(
                async ct =>
                {
                    TaskGroup scope = TaskGroup.Open(
                        new TaskGroupOptions { Name = "import" },
                        TaskGroup.From(outer),
                        callerToken: CancellationToken.None);
                    running.Open();
                    await Work.UntilCanceled(ct);
                    await scope.CloseAsync();
                    ct.ThrowIfCancellationRequested();
                },
                "import"),
            new TaskGroupOptions { Name = "outer", Timeout = TimeSpan.FromSeconds(1), TimeProvider = clock });
        await running.WaitAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(() => run.WithWatchdog());
        Assert.Equal(2, thrown.Message.Split("'import'").Length);
    }

    private static async Task TimeOutAsync(Scene scene, int running, string rest)
    {
        Gate started = new(running);
        Task run = scene.RunAsync(
            group =>
            {
                for (int index = 0; index <= running; index++) // the last one waits for a slot
                {
                    group.Run(
                        ct =>
                        {
                            started.Open();
                            return Work.Forever(ct);
                        },
                        $"child {index:00}");
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions
            {
                Name = "crowd",
                MaxConcurrency = running,
                Timeout = TimeSpan.FromSeconds(3),
                TimeProvider = scene.Clock
            });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(3));
        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => run);
        string names = string.Join(", ", Enumerable.Range(0, 10).Select(index => $"'child {index:00}' (3 s)"));
        Assert.Equal(
            $"The task group 'crowd' was canceled by its timeout of 3 s. Running then: {names}{rest}. Waiting for a slot: 1.",
            late.Message);
    }
}
