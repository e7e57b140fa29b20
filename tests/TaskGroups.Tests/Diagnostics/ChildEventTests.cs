using TaskGroups.Testing;

namespace TaskGroups.Tests;

// A group whose observer wants no child events does not pay for them, as in the hosts, whose observer logs failures only.
public sealed class ChildEventTests
{
    // R14, R36
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Run_WhenNoObserverWantsChildEvents_CallsNoneAndReadsTheClockOnlyAtItsStart(ChildStart childStart)
    {
        DeafObserver observer = new();
        int withoutChild = await CountAsync(_ => { });
        int withChild = await CountAsync(group => group.Run(_ => Task.CompletedTask));
        Assert.Equal(childStart == ChildStart.Inline ? 1 : 2, withChild - withoutChild); // a queued one when it is taken and when it begins
        Assert.Equal(0, observer.Told);

        async Task<int> CountAsync(Action<ITaskGroup> start)
        {
            CountingClock clock = new();
            await TaskGroup.RunAsync(
                group =>
                {
                    start(group);
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { ChildStart = childStart, Observer = observer, TimeProvider = clock }).WithWatchdog();
            return clock.Asked;
        }
    }

    // R14, R36
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenOneObserverWantsChildEvents_CallsIt(Play play) => play.In(async scene =>
    {
        RecordingObserver inner = new();
        await scene.RunAsync(
            group => group.RunGroupAsync(
                nested => nested.Run(_ => Task.CompletedTask, "child"),
                new TaskGroupOptions { Observer = inner }),
            new TaskGroupOptions { Observer = new DeafObserver() });
        Assert.Equal("child", Assert.Single(inner.Of<ObserverEvent.ChildStarted>()).Name);
        Assert.Equal(ChildOutcome.Succeeded, Assert.Single(inner.Of<ObserverEvent.ChildCompleted>()).Outcome);
    });

    // R14: an observer without child events gets the failures of children all the same
    [Theory, Plays(StartModesOnly = true)]
    public Task ExceptionUnseen_WhenTheObserverWantsNoChildEvents_IsCalled(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        DeafObserver observer = new();
        await scene.RunAsync(
            group =>
            {
                group.Run(_ => Task.FromException(failure), "child");
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise, Observer = observer });
        Assert.Equal(("child", failure), observer.Unseen);
    });

    // R14: as does the drain of a background group, which reports what never started
    [Theory, Plays(StartModesOnly = true)]
    public Task ChildNeverStarted_WhenTheObserverWantsNoChildEvents_IsCalled(Play play) => play.In(async scene =>
    {
        DeafObserver observer = new();
        Gate gate = new();
        await scene.RunAsync(
            group =>
            {
                group.Run(_ => gate.WaitAsync(CancellationToken.None), "running");
                group.Run(_ => Task.CompletedTask, "waiting");
                group.Cancel();
                gate.Open();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 1, Observer = observer }).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.Contains("waiting", observer.NeverStarted);
    });

    private sealed class DeafObserver : TaskGroupObserver
    {
        public int Told { get; private set; }

        public (string? Child, Exception Exception)? Unseen { get; private set; }

        public List<string> NeverStarted { get; } = [];

        public override bool WantsChildEvents => false;

        public override void ChildNeverStarted(ITaskGroup group, string name, TimeSpan waited)
        {
            lock (NeverStarted)
            {
                NeverStarted.Add(name);
            }
        }

        public override void ChildStarted(ITaskGroup group, string name) => Told++;

        public override void ChildCompleted(ITaskGroup group, string name, ChildOutcome outcome, TimeSpan elapsed, Exception? exception) =>
            Told++;

        public override void ExceptionUnseen(ITaskGroup group, string? child, Exception exception) => Unseen = (child, exception);
    }

    private sealed class CountingClock : TimeProvider
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _asked);
            return base.GetTimestamp();
        }
    }
}
