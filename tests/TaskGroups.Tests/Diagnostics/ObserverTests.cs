using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Which events an observer receives, and in what order.
public sealed class ObserverTests
{
    // R14, R36
    [Theory, Plays]
    public Task Observer_WhenChildrenEndInEveryWay_GetsEachStartAndEnd(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate started = new();
        await scene.RunAsync(
            async group =>
            {
                Assert.Equal("trip", Assert.Single(scene.Observer.Of<ObserverEvent.GroupOpened>()).Group.Name);
                await group.Run(_ => Task.CompletedTask, "succeeds");
                await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(failure), "fails"));
                group.Run(
                    ct =>
                    {
                        started.Open();
                        return Work.Forever(ct);
                    },
                    "is canceled");
                await started.WaitAsync();
                group.Cancel();
            },
            new TaskGroupOptions { Name = "trip", FailurePolicy = FailurePolicy.Supervise, Observer = scene.Observer });

        Assert.Equal(
            [
                ("succeeds", ChildOutcome.Succeeded, null),
                ("fails", ChildOutcome.Failed, failure),
                ("is canceled", ChildOutcome.Canceled, null),
            ],
            scene.Observer.Of<ObserverEvent.ChildCompleted>().Select(each => (each.Name, each.Outcome, each.Exception)).ToArray());
        Assert.Equal(["succeeds", "fails", "is canceled"], scene.Observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name));
        ObserverEvent.GroupCanceled canceled = Assert.Single(scene.Observer.Of<ObserverEvent.GroupCanceled>());
        Assert.Equal((CancellationReason.Requested, null, null), (canceled.Reason, canceled.Child, canceled.Cause));
        scene.Observer.Events.Verify();
    });

    // R9: which child it was
    [Theory, Plays]
    public Task GroupCanceled_WhenAChildOrTheBodyFailed_NamesItAndItsFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        RecordingObserver ofChild = new(), ofBody = new();
        await Expect.Throws(
            scene.RunAsync(
                group =>
                {
                    group.Run(_ => Task.FromException(failure), "culprit");
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { Observer = ofChild }),
            failure);
        await Expect.Throws(scene.RunAsync(_ => Task.FromException(failure), new TaskGroupOptions { Observer = ofBody }), failure);

        ObserverEvent.GroupCanceled byChild = Assert.Single(ofChild.Of<ObserverEvent.GroupCanceled>());
        Assert.Equal((CancellationReason.ChildFailed, "culprit", failure), (byChild.Reason, byChild.Child, byChild.Cause));
        ObserverEvent.GroupCanceled byBody = Assert.Single(ofBody.Of<ObserverEvent.GroupCanceled>());
        Assert.Equal((CancellationReason.ChildFailed, null, failure), (byBody.Reason, byBody.Child, byBody.Cause));
    });

    // GroupCompleted comes before the task completes
    [Theory, Plays]
    public Task GroupCompleted_WhenReported_TheTaskHasNotCompletedYet(Play play) => play.In(async scene =>
    {
        Gate release = new();
        Task? run = null;
        bool? completedBefore = null;
        run = scene.RunAsync(
            group =>
            {
                group.Run(release.WaitAsync);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = new OnGroupCompleted(() => completedBefore = run!.IsCompleted) });
        release.Open();
        await run;
        Assert.False(completedBefore);
    });

    // R23: times are those of the group's clock
    [Theory, Plays]
    public Task Observer_WhenTheClockMoves_GetsElapsedTimes(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                Gate started = new(), release = new();
                Task child = group.Run(async _ =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                });
                await started.WaitAsync();
                scene.Clock.Advance(TimeSpan.FromSeconds(3));
                release.Open();
                await child;
                scene.Clock.Advance(TimeSpan.FromSeconds(4));
            },
            new TaskGroupOptions { Observer = scene.Observer, TimeProvider = scene.Clock });
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.Single(scene.Observer.Of<ObserverEvent.GroupCompleted>()).Elapsed);
        Assert.InRange(
            Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>()).Elapsed,
            TimeSpan.FromSeconds(3),
            TimeSpan.FromSeconds(7));
    });

    // Nested groups inherit the observer
    [Theory, Plays]
    public Task Observer_WhenGroupsAreNested_GetsThemToo(Play play) => play.In(async scene =>
    {
        RecordingObserver own = new();
        await scene.RunAsync(
            async outer =>
            {
                await outer.RunGroupAsync(
                    async middle => await middle.RunGroupAsync(
                        inner => inner.Run(_ => Task.CompletedTask, "deep child"),
                        new TaskGroupOptions { Name = "inner" }),
                    new TaskGroupOptions { Name = "middle", Observer = own });
            },
            new TaskGroupOptions { Name = "outer", Observer = scene.Observer });

        Assert.Equal(["outer", "middle", "inner"], scene.Observer.Of<ObserverEvent.GroupOpened>().Select(each => each.Group.Name));
        Assert.Equal(["inner", "middle", "outer"], scene.Observer.Of<ObserverEvent.GroupCompleted>().Select(each => each.Group.Name));
        Assert.Equal(["middle", "inner"], own.Of<ObserverEvent.GroupOpened>().Select(each => each.Group.Name));
        Assert.Equal("deep child", Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>()).Name);
        Assert.Equal("deep child", Assert.Single(own.Of<ObserverEvent.ChildCompleted>()).Name);
    });

    // a child that never began was never started, and never ended
    [Theory, Plays]
    public Task Observer_WhenAWaitingChildIsDropped_GetsNoStartOfIt(Play play) => play.In(async scene =>
    {
        DroppedChildren observer = new();
        await scene.RunAsync(
            async group =>
            {
                Gate started = new();
                group.Run(
                    ct =>
                    {
                        started.Open();
                        return Work.Forever(ct);
                    },
                    "runs");
                group.Run(_ => Task.CompletedTask, "waits");
                await started.WaitAsync();
                scene.Clock.Advance(TimeSpan.FromSeconds(2));
                group.Cancel();
            },
            new TaskGroupOptions { MaxConcurrency = 1, Observer = observer, TimeProvider = scene.Clock });
        Assert.Equivalent(new[] { "started runs", "ended runs", "dropped waits after 2 s" }, observer.Trail.Steps, strict: true);
    });

    // R7, R14, R17: observers get it, and it need not be awaited
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsTimeoutIsZero_IsReported(Play play) => play.In(async scene =>
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

    // An observer that observes an outer group as well gets each event once
    [Theory, InlineData(0), InlineData(1)]
    public async Task Observer_WhenANestedGroupNamesAnInheritedOne_GetsEachEventOnce(int levelsBetween)
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

    private sealed class OnGroupCompleted(Action action) : TaskGroupObserver
    {
        public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed) => action();
    }

    private sealed class DroppedChildren : TaskGroupObserver
    {
        public Trail Trail { get; } = new();

        public override void ChildStarted(ITaskGroup group, string name) => Trail.Add($"started {name}");

        public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
            Trail.Add($"ended {name}");

        public override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited) =>
            Trail.Add($"dropped {name} after {waited.TotalSeconds} s");
    }
}
