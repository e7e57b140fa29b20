using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What is there at one instant, and what a message makes of many names.
public partial class TaskGroupTests
{
    // R18: ten names are enough, and a child that never ran did not run
    [Theory, Plays]
    public Task Timeout_WhenManyChildrenRun_NamesTenAndCountsTheRest(Play play) => play.In(async scene =>
    {
        const int Running = 12;
        Gate started = new(Running);
        Task run = scene.RunAsync(
            group =>
            {
                for (int index = 0; index <= Running; index++) // the last one waits for a slot
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
            new TaskGroupOptions { Name = "crowd", MaxConcurrency = Running, Timeout = TimeSpan.FromSeconds(3), TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(3));
        TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => run);
        string names = string.Join(", ", Enumerable.Range(0, 10).Select(index => $"'child {index:00}' (3 s)"));
        Assert.Equal($"The task group 'crowd' was canceled by its timeout of 3 s. Still running: {names} and 2 more.", late.Message);
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

    // The reason is set first; the clock is asked next. Who looks in between sees a canceled group, canceled just now.
    [Fact]
    public async Task GetSnapshot_WhenTakenAtTheInstantOfTheCancellation_SaysSinceZero()
    {
        CuriousClock clock = new();
        await TaskGroup.RunAsync(
            group =>
            {
                clock.Watch(group);
                group.Cancel();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { TimeProvider = clock });
        TaskGroupSnapshotEntry seen = Assert.Single(clock.Seen!.Entries);
        Assert.Equal((SnapshotState.Ending, CancellationReason.Requested, TimeSpan.Zero), (seen.State, seen.CancellationReason, seen.SinceCancellation));
    }

    // R11, R18: a body that obeys Stop has no value to give
    [Theory, Plays]
    public Task Stop_WhenABodyWithAValueObeysIt_IsCanceledWithTheSoftSignal(Play play) => play.In(async scene =>
    {
        CancellationToken soft = default;
        Task<int> run = scene.RunAsync<int>(group =>
        {
            soft = group.StoppingToken;
            group.Stop();
            soft.ThrowIfCancellationRequested();
            return Task.FromResult(1);
        });
        await Expect.Canceled(run, soft);
    });

    // R11: only the group's own soft signal excuses a child, whatever else has fired
    [Theory, Plays]
    public Task Stop_WhenAChildEndsWithAnotherFiredToken_HasFailed(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource foreign = new();
        await foreign.CancelAsync();
        OperationCanceledException failure = new(foreign.Token);
        Task run = scene.RunAsync(async group =>
        {
            group.Stop();
            Assert.True(group.StoppingToken.IsCancellationRequested);
            await group.Run(_ => Task.FromException(failure));
        });
        await Expect.Throws(run, failure);
    });

    // R20: a signal that comes after the end reaches nobody
    [Fact]
    public async Task FireLate_WhenTheGroupHasCompleted_FiresNothing()
    {
        ITaskGroup? completed = null;
        await TaskGroup.RunAsync(group =>
        {
            completed = group;
            return Task.CompletedTask;
        });
        using CancellationTokenSource late = new();
        TaskGroup.From(completed!).FireLate(late);
        Assert.False(late.IsCancellationRequested);
    }

    [Fact]
    public void TaskGroupFullException_WhenMadeByHand_KeepsItsParts()
    {
        TimeoutException cause = new();
        Assert.Equal("The task group is full.", new TaskGroupFullException().Message);
        Assert.Equal("by hand", new TaskGroupFullException("by hand").Message);
        Assert.Equal(("by hand", cause), (new TaskGroupFullException("by hand", cause).Message, new TaskGroupFullException("by hand", cause).InnerException));
    }

    // An observer overrides what it needs: every event of this group goes to a method that does nothing.
    [Theory, Plays]
    public Task Observer_WhenItOverridesNothing_HarmsNobody(Play play) => play.In(async scene =>
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

    private sealed class IndifferentObserver : TaskGroupObserver;

    /// <summary>A clock that looks at a group when the group, once canceled, asks for the time.</summary>
    private sealed class CuriousClock : TimeProvider
    {
        private ITaskGroup? _watched;

        public TaskGroupSnapshot? Seen { get; private set; }

        public void Watch(ITaskGroup group) => _watched = group;

        public override long GetTimestamp()
        {
            if (_watched is { CancellationReason: not CancellationReason.None } group)
            {
                _watched = null;
                Seen = group.GetSnapshot();
            }

            return base.GetTimestamp();
        }
    }
}
