using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What observers hear, in what order, and what they cannot break.
public partial class TaskGroupTests
{
    // R14, R36
    [Theory, Plays]
    public Task Observer_WhenChildrenEndInEveryWay_HearsEachStartAndEnd(Play play) => play.In(async scene =>
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
    public Task Observer_WhenTheClockMoves_HearsElapsedTimes(Play play) => play.In(async scene =>
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

    // design 3.1: nested groups inherit the observer
    [Theory, Plays]
    public Task Observer_WhenGroupsAreNested_HearsThemToo(Play play) => play.In(async scene =>
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

    // JD-20, C33, R14
    [Theory, Plays]
    public Task Observer_WhenEveryMethodThrows_HarmsNobodyAndHearsOfIt(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        ThrowingObserver observer = new();
        Gate started = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.Run(ct =>
                {
                    started.Open();
                    return Work.Forever(ct);
                });
                group.Run(_ => Work.FailAfter(started, failure));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = observer });
        await Expect.Throws(run, failure);

        // GroupOpened, 2 x ChildStarted, GroupCanceled, 2 x ChildCompleted, GroupCompleted
        Assert.Equal(7, observer.Thrown.Count);
        Assert.Equivalent(observer.Thrown, observer.Unseen, strict: true);

        Assert.Equal(1, await scene.RunAsync(
            group => group.Run(_ => Task.FromResult(1)),
            new TaskGroupOptions { Observer = observer }));
    });

    // R14: observers in a row do not depend on each other
    [Theory, Plays]
    public Task Observer_WhenAnInnerOneThrows_TheOuterOneHearsEverything(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            outer => outer.RunGroupAsync(
                inner => inner.Run(_ => Task.CompletedTask, "child"),
                new TaskGroupOptions { Name = "inner", Observer = new ThrowingObserver() }),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal("child", Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>()).Name);
        Assert.Equal(2, scene.Observer.Of<ObserverEvent.GroupCompleted>().Count);
        Assert.Empty(scene.Observer.Of<ObserverEvent.ExceptionUnseen>());
    });

    // R25: called outside locks, so it may use the group
    [Theory, Plays]
    public Task Observer_WhenItUsesTheGroup_DoesNotDeadlock(Play play) => play.In(async scene =>
    {
        MeddlingObserver observer = new();
        await scene.RunAsync(
            async group =>
            {
                await group.Run(_ => Task.CompletedTask);
                group.Run(Work.Forever);
                group.Cancel();
            },
            new TaskGroupOptions { Observer = observer });
        Assert.True(observer.Snapshots > 4);
    });

    // a child that never began was never started, and never ended
    [Theory, Plays]
    public Task Observer_WhenAWaitingChildIsDropped_HearsNoStartOfIt(Play play) => play.In(async scene =>
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

    private sealed class OnGroupCompleted(Action action) : TaskGroupObserver
    {
        public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed) => action();
    }

    private sealed class ThrowingObserver : TaskGroupObserver
    {
        private readonly Lock _lock = new();

        public List<Exception> Thrown { get; } = [];

        public List<Exception> Unseen { get; } = [];

        public override void GroupOpened(ITaskGroup group) => Throw();

        public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause) => Throw();

        public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed) => Throw();

        public override void ChildStarted(ITaskGroup group, string name) => Throw();

        public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
            Throw();

        public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception)
        {
            lock (_lock)
            {
                Unseen.Add(exception);
            }

            throw new InvalidOperationException("It cannot hear either.");
        }

        private void Throw()
        {
            InvalidOperationException exception = new("An observer failed.");
            lock (_lock)
            {
                Thrown.Add(exception);
            }

            throw exception;
        }
    }

    private sealed class MeddlingObserver : TaskGroupObserver
    {
        private int _snapshots;

        public int Snapshots => _snapshots;

        public override void GroupOpened(ITaskGroup group) => Meddle(group);

        public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause) => Meddle(group);

        public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed) => Meddle(group);

        public override void ChildStarted(ITaskGroup group, string name) => Meddle(group);

        public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
            Meddle(group);

        // On another thread, and waited for: a lock that is held here would show.
        private void Meddle(ITaskGroup group)
        {
            Thread thread = new(() =>
            {
                group.Stop();
                Assert.NotEmpty(group.GetSnapshot().Entries);
                Interlocked.Increment(ref _snapshots);
            });
            thread.Start();
            thread.Join();
        }
    }

    private sealed class DroppedChildren : TaskGroupObserver
    {
        public Trail Trail { get; } = new();

        public override void ChildStarted(ITaskGroup group, string name) => Trail.Add($"started {name}");

        public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
            Trail.Add($"ended {name}");

        internal override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited) =>
            Trail.Add($"dropped {name} after {waited.TotalSeconds} s");
    }
}
