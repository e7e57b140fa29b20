using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What an observer cannot break: it throws, it uses the group, it overrides nothing.
public sealed class ObserverFaultTests
{
    // R14
    [Theory, Plays]
    public Task Observer_WhenEveryMethodThrows_ChangesNothingAndIsReported(Play play) => play.In(async scene =>
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
    public Task Observer_WhenAnInnerOneThrows_TheOuterOneGetsEverything(Play play) => play.In(async scene =>
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

    // An observer overrides what it needs: every event of this group goes to a method that does nothing.
    [Theory, Plays]
    public Task Observer_WhenItOverridesNothing_ChangesNothing(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new("first"), second = new("second");
        Gate started = new(), release = new();
        Task run = scene.RunAsync(
            async group =>
            {
                group.Run(
                    _ =>
                    {
                        started.Open();
                        return Work.FailAfter(release, second);
                    },
                    "straggles");
                await started.WaitAsync();
                await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(first)));
                await scene.Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5));
                scene.Clock.Advance(TimeSpan.FromSeconds(5));
                release.Open();
            },
            new TaskGroupOptions { Observer = new IndifferentObserver(), TimeProvider = scene.Clock });
        await Expect.Throws(run, first, second);
    });

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

    private sealed class IndifferentObserver : TaskGroupObserver;
}
