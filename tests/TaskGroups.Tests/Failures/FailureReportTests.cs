using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R14: each failure is reported once, with what failed, whether or not an await throws it too.
public sealed class FailureReportTests
{
    // R10, R14: the first, which the await throws, as well
    [Theory, Plays]
    public Task FailureReported_WhenTwoChildrenFail_ReportsBothAndTheSecondAsUnseen(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new("1"), second = new("2");
        Gate started = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.Run(ct => Work.FailInCleanUp(started.Open, second, ct), "second");
                group.Run(_ => Work.FailAfter(started, first), "first");
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, first, second);
        Assert.Equal(
            [("first", first, FailureKind.Child), ("second", second, FailureKind.Child)],
            Reports(scene.Observer).OrderBy(each => each.Child)); // the second may be through while the first still cancels it (R15)
        Assert.Same(second, Assert.Single(scene.Observer.Of<ObserverEvent.ExceptionUnseen>()).Exception);
    });

    // R12, R14: the body that awaits a failed child fails with the same exception
    [Theory, Plays]
    public Task FailureReported_WhenTheBodyThrowsItsChildsFailure_ReportsItOnce(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(
            group => group.Run(_ => Task.FromException(failure), "child"),
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, failure);
        Assert.Equal([("child", failure, FailureKind.Child)], Reports(scene.Observer));
    });

    // R14: a body that finds the child's task failed, before the group has been told of it, does not take the failure over
    [Theory]
    [InlineData(FailurePolicy.FailFast)]
    [InlineData(FailurePolicy.CollectAll)]
    public async Task FailureReported_WhenTheBodyThrowsItsChildsFailureFirst_IsTheChilds(FailurePolicy policy)
    {
        InvalidDataException failure = new();
        TaskCompletionSource source = new();
        RecordingObserver observer = new();
        IAsyncResult reported = observer.WaitForAsync<ObserverEvent.FailureReported>();
        _ = source.Task.ContinueWith(
            _ => reported.AsyncWaitHandle.WaitOne(WatchdogExtensions.Limit), // holds up what is registered after it
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Task setter = Task.CompletedTask;
        Task run = TaskGroup.RunAsync(
            async group =>
            {
                Task child = group.Run(_ => source.Task, "child");
                setter = Task.Run(() => source.SetException(failure));
                SpinWait.SpinUntil(() => child.IsCompleted, WatchdogExtensions.Limit);
                await child;
            },
            new TaskGroupOptions { Observer = observer, FailurePolicy = policy });
        await Expect.Throws(run, failure);
        await setter.WithWatchdog();
        Assert.Equal([("child", failure, FailureKind.Child)], Reports(observer));
        Assert.Equal(
            policy == FailurePolicy.FailFast ? ["child"] : [],
            observer.Of<ObserverEvent.GroupCanceled>().Select(each => each.Child));
    }

    // R14: the time counts from the start of the child, or of the group
    [Fact]
    public async Task FailureReported_WhenChildAndBodyFail_SaysAfterHowLong()
    {
        ManualClock clock = new();
        RecordingObserver observer = new();
        Gate done = new();
        Task run = TaskGroup.RunAsync(
            async group =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                Task child = group.Run(_ => Work.FailAfter(done, new InvalidDataException("child")), "child");
                clock.Advance(TimeSpan.FromSeconds(2));
                done.Open();
                await Record.ExceptionAsync(() => child);
                throw new InvalidDataException("body");
            },
            new TaskGroupOptions { Observer = observer, TimeProvider = clock });
        await Record.ExceptionAsync(() => run.WithWatchdog());
        Assert.Equal(
            [("child", FailureKind.Child, 2), (null, FailureKind.Body, 3)],
            observer.Of<ObserverEvent.FailureReported>()
                .Select(each => (each.Child, each.Kind, (int)each.Elapsed.TotalSeconds))
                .OrderBy(each => each.Item3)); // a body that finds the child's task completed goes on beside its report
    }

    // R13, R14
    [Theory, Plays(StartModesOnly = true)]
    public Task FailureReported_WhenAnOptionalChildFails_SaysSo(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await scene.RunAsync(
            async group => Assert.Equal(7, await group.RunOrDefault(_ => Task.FromException<int>(failure), 7, "stars")),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([("stars", failure, FailureKind.Optional)], Reports(scene.Observer));
        Assert.Equal(
            [("stars", ChildOutcome.Failed)],
            scene.Observer.Of<ObserverEvent.ChildCompleted>().Select(each => (each.Name, each.Outcome)));
        Assert.Single(scene.Observer.Of<ObserverEvent.ExceptionUnseen>());
    });

    // R14: the start throws the failure, so it is not unseen
    [Theory, Plays(StartModesOnly = true)]
    public Task FailureReported_WhenAChildFailsBeforeItIsReady_IsOptionalAndSeen(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await scene.RunAsync(
            async group => Assert.Same(
                failure,
                await Record.ExceptionAsync(() => group.StartAsync<int>((_, _) => Task.FromException(failure), name: "server"))),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([("server", failure, FailureKind.Optional)], Reports(scene.Observer));
        Assert.Empty(scene.Observer.Of<ObserverEvent.ExceptionUnseen>());
    });

    // R7, R14: a failure that travels is reported at each level that it passes
    [Theory, Plays]
    public Task FailureReported_WhenANestedGroupFailsAChild_ReportsEachLevel(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.Run(
                    _ => group.RunGroupAsync(nested => nested.Run(_ => Task.FromException(failure), "inner"), caller: "nested"), "outer");
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, failure);
        Assert.Equal(
            [("inner", failure, FailureKind.Child), (null, failure, FailureKind.Nested), ("outer", failure, FailureKind.Child)],
            Reports(scene.Observer));
        Assert.Equal("nested", scene.Observer.Of<ObserverEvent.FailureReported>()[1].Group.Name);
        Assert.Empty(scene.Observer.Of<ObserverEvent.ExceptionUnseen>());
    });

    // R7, R18: the timeout of a nested group is what its await throws
    [Fact]
    public async Task FailureReported_WhenANestedGroupTimesOut_ReportsItsTimeout()
    {
        ManualClock clock = new();
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                Task nested = group.RunGroupAsync(
                    inner => inner.Run(Work.Forever), new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(5) }, "nested");
                clock.Advance(TimeSpan.FromSeconds(5));
                Assert.IsType<TimeoutException>(await Record.ExceptionAsync(() => nested));
            },
            new TaskGroupOptions { Observer = observer, TimeProvider = clock }).WithWatchdog();
        ObserverEvent.FailureReported report = Assert.Single(observer.Of<ObserverEvent.FailureReported>());
        Assert.IsType<TimeoutException>(report.Exception);
        Assert.Equal((FailureKind.Nested, TimeSpan.FromSeconds(5)), (report.Kind, report.Elapsed));
        Assert.Empty(observer.Of<ObserverEvent.ExceptionUnseen>());
    }

    // R15
    [Theory, Plays]
    public Task FailureReported_WhenATokenCallbackThrows_SaysSo(Play play) => play.In(async scene =>
    {
        InvalidDataException thrown = new();
        await scene.RunAsync(
            group =>
            {
                group.CancellationToken.UnsafeRegister(_ => throw thrown, null);
                group.Cancel();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal(FailureKind.Callback, Assert.Single(scene.Observer.Of<ObserverEvent.FailureReported>()).Kind);
    });

    // R14: to that observer alone
    [Fact]
    public async Task FailureReported_WhenAnObserverThrows_GoesToThatObserver()
    {
        ThrowingObserver observer = new();
        RecordingObserver other = new();
        await TaskGroup.RunAsync(
            group => group.RunGroupAsync(_ => Task.CompletedTask, new TaskGroupOptions { Observer = observer }),
            new TaskGroupOptions { Observer = other }).WithWatchdog();
        Assert.Equal((FailureKind.Observer, observer.Thrown), Assert.Single(observer.Reports));
        Assert.Empty(other.Of<ObserverEvent.FailureReported>());
    }

    // R14: an observer that overrides the event and does not call its base has it alone
    [Fact]
    public async Task ExceptionUnseen_WhenFailureReportedIsOverridden_IsNotCalled()
    {
        ThrowingObserver observer = new() { Thrown = null };
        await TaskGroup.RunAsync(
            group =>
            {
                group.Run(_ => Task.FromException(new InvalidDataException()));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = observer, FailurePolicy = FailurePolicy.Supervise }).WithWatchdog();
        Assert.Equal(FailureKind.Child, Assert.Single(observer.Reports).Kind);
        Assert.False(observer.IsToldOfUnseen);
    }

    // A child that waits for a slot when its group is canceled never starts.
    [Fact]
    public async Task ChildNeverStarted_WhenAWaitingChildIsCanceled_SaysHowLongItWaited()
    {
        ManualClock clock = new();
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            group =>
            {
                group.Run(Work.Forever, "runs");
                group.Run(Work.Forever, "waits");
                clock.Advance(TimeSpan.FromSeconds(3));
                group.Cancel();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = observer, TimeProvider = clock, MaxConcurrency = 1 }).WithWatchdog();
        ObserverEvent.ChildNeverStarted dropped = Assert.Single(observer.Of<ObserverEvent.ChildNeverStarted>());
        Assert.Equal(("waits", TimeSpan.FromSeconds(3)), (dropped.Name, dropped.Waited));
    }

    private static IEnumerable<(string? Child, InvalidDataException Exception, FailureKind Kind)> Reports(RecordingObserver observer) =>
        observer.Of<ObserverEvent.FailureReported>()
            .Select(each => (each.Child, Assert.IsType<InvalidDataException>(each.Exception), each.Kind));

    private sealed class ThrowingObserver : TaskGroupObserver
    {
        public Exception? Thrown { get; init; } = new InvalidOperationException("An observer failed.");

        public List<(FailureKind Kind, Exception? Exception)> Reports { get; } = [];

        public bool IsToldOfUnseen { get; private set; }

        public override void GroupOpened(ITaskGroup group)
        {
            if (Thrown is not null)
            {
                throw Thrown;
            }
        }

        public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed) =>
            Reports.Add((kind, exception));

        public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) => IsToldOfUnseen = true;
    }
}
