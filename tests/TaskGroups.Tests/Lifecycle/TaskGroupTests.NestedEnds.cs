using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R7: what a nested group takes from the outer one, and what it leaves behind.
public partial class TaskGroupTests
{
    // R7, R14, R17: whoever looks on hears of it, and nobody need await it
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsTimeoutIsZero_IsHeardOf(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            group =>
            {
                _ = group.RunGroupAsync(
                    _ => throw new InvalidDataException("invoked"),
                    new TaskGroupOptions { Name = "late", Timeout = TimeSpan.Zero });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        ObserverEvent.GroupCanceled canceled = Assert.Single(scene.Observer.Of<ObserverEvent.GroupCanceled>());
        Assert.Equal(("late", CancellationReason.TimedOut), (canceled.Group.Name, canceled.Reason));
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

    // R7, R17: the hold that the nested group had taken goes back, else the outer group would never complete
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsTimeoutIsZero_ThrowsWithoutInvokingAndTheOuterCompletes(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => group.RunGroupAsync(
                _ => throw new InvalidDataException("invoked"), new TaskGroupOptions { Name = "late", Timeout = TimeSpan.Zero }));
            Assert.Contains("late", late.Message, StringComparison.Ordinal);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        }));

    // R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenGivenNoName_TakesTheCallersName(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            string? plain = null, unnamed = null;
            await group.RunGroupAsync(nested =>
            {
                plain = nested.Name;
                return Task.CompletedTask;
            });
            await group.RunGroupAsync(
                nested =>
                {
                    unnamed = nested.Name;
                    return Task.CompletedTask;
                },
                new TaskGroupOptions());
            const string Caller = nameof(RunGroupAsync_WhenGivenNoName_TakesTheCallersName);
            Assert.Equal((Caller, Caller), (plain, unnamed));
            Assert.Equal((Caller, Caller), (await group.RunGroupAsync(nested => Task.FromResult(nested.Name)), await group.RunGroupAsync(
                nested => Task.FromResult(nested.Name),
                new TaskGroupOptions())));
            Assert.Equal("own", await group.RunGroupAsync(nested => Task.FromResult(nested.Name), new TaskGroupOptions { Name = "own" }));
        }));

    // R7, R26: a group is not a child, and neither is whoever tells it something
    [Theory, Plays]
    public Task RunningCount_WhenAGroupIsNestedOrStopped_CountsChildrenOnly(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            Gate release = new();
            Task nested = group.RunGroupAsync(_ => release.WaitAsync());
            Task child = group.Run(_ => release.WaitAsync(CancellationToken.None));
            group.Stop();
            group.Stop();
            Assert.Equal((1, 0), TaskGroup.From(group).Counts);
            release.Open();
            await Task.WhenAll(nested, child);
        }));

    // R7, R24
    [Theory, Plays]
    public Task GetSnapshot_WhenANestedGroupHasCompleted_ForgetsIt(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            await group.RunGroupAsync(_ => Task.CompletedTask);
            await Record.ExceptionAsync(() => group.RunGroupAsync(_ => Task.FromException(new InvalidDataException())));
            await group.RunGroupAsync(async nested => await nested.Run(async _ => await Task.Yield()));
            Assert.Equal(group.Name, Assert.Single(group.GetSnapshot().Entries).Name);
        }));

    // R18, R19: what a nested group did to itself cuts nothing short in the outer one
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupCanceledItself_TheResultStandsThoughTheCallerCancels(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        int result = await scene.RunAsync(
            async group =>
            {
                await group.RunGroupAsync(async nested =>
                {
                    Task child = nested.Run(Work.Forever);
                    nested.Cancel();
                    await Record.ExceptionAsync(() => child);
                });
                await caller.CancelAsync();
                return 7;
            },
            caller.Token);
        Assert.Equal(7, result);
    });

    // R18, R19: nor does one that was canceled with the outer one and finished all the same
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupFinishedAlthoughCanceled_TheResultStands(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        int result = await scene.RunAsync(
            async group =>
            {
                await group.RunGroupAsync(_ => caller.CancelAsync());
                return 7;
            },
            caller.Token);
        Assert.Equal(7, result);
    });

    // R18: one that nobody awaits and that the caller's cancellation cut short does
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupThatNobodyAwaitsWasCutShort_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Task<int> run = scene.RunAsync(
            group =>
            {
                group.RunGroupAsync(nested => Work.Forever(nested.CancellationToken));
                return Task.FromResult(7);
            },
            caller.Token);
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
    });

    // R4, R18: a nested group that was refused is work cut short
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupWasRefused_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Task run = scene.RunAsync(
            async group =>
            {
                await caller.CancelAsync();
                Task refused = group.RunGroupAsync(_ => throw new InvalidDataException("invoked"));
                Assert.Equal(TaskStatus.Canceled, refused.Status);
            },
            caller.Token);
        await Expect.Canceled(run, caller.Token);
    });

    // R9, R14: the failure is the outer group's; the nested one was canceled by its caller
    [Theory, Plays]
    public Task GroupCanceled_WhenGroupsAreNested_NamesTheCauseInTheGroupThatFailedOnly(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate nestedStarted = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.RunGroupAsync(
                    nested =>
                    {
                        nestedStarted.Open();
                        return Work.UntilCanceled(nested.CancellationToken);
                    },
                    new TaskGroupOptions { Name = "nested" });
                group.Run(_ => Work.FailAfter(nestedStarted, failure), "fails");
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "outer", Observer = scene.Observer });
        await Expect.Throws(run, failure);
        Assert.Equal(
            [("outer", CancellationReason.ChildFailed, "fails", failure), ("nested", CancellationReason.CallerCanceled, null, null)],
            scene.Observer.Of<ObserverEvent.GroupCanceled>()
                .Select(each => (each.Group.Name, each.Reason, each.Child, (InvalidDataException?)each.Cause)));
    });

    // R37: children of nested groups get their services where the outer group has them; the rest concerns the outer group alone
    [Fact]
    public async Task Open_WhenItsOriginHasServices_NestedGroupsInheritThemAlone()
    {
        object services = new();
        TaskGroup outer = TaskGroup.Open(new TaskGroupOptions(), origin: new GroupOrigin { Services = services, ClosedHint = "hint" });
        await outer.RunGroupAsync(nested =>
        {
            GroupOrigin inherited = TaskGroup.From(nested).Origin;
            Assert.Same(services, inherited.Services);
            Assert.Null(inherited.ClosedHint);
            Assert.True(inherited.FlowsContext);
            return Task.CompletedTask;
        });
        await outer.CloseAsync();
    }

    // R37: where there is nothing to inherit, all share one origin
    [Fact]
    public void ForNested_WithoutServices_IsNone() => Assert.Same(GroupOrigin.None, new GroupOrigin { ClosedHint = "hint" }.ForNested);

    // design 3.1: who observes an outer group as well hears of each event once
    [Theory, InlineData(0), InlineData(1)]
    public async Task Observer_WhenANestedGroupNamesAnInheritedOne_HearsEachEventOnce(int levelsBetween)
    {
        RecordingObserver observer = new();
        TaskGroupOptions Options() => new() { Observer = observer };

        await TaskGroup.RunAsync(
            outer => levelsBetween == 0
                ? outer.RunGroupAsync(inner => inner.Run(_ => Task.CompletedTask), Options())
                : outer.RunGroupAsync(
                    middle => middle.RunGroupAsync(inner => inner.Run(_ => Task.CompletedTask), Options()),
                    new TaskGroupOptions { Observer = new RecordingObserver() }),
            Options());
        Assert.Single(observer.Of<ObserverEvent.ChildStarted>());
        Assert.Equal(2 + levelsBetween, observer.Of<ObserverEvent.GroupCompleted>().Count);
    }
}
