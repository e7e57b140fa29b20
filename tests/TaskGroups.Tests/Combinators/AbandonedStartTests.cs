using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync: a caller that gives up before the child is ready, also while the child waits for a slot.
public sealed class AbandonedStartTests
{
    // R11: a child that obeys without an exception was given up all the same
    [Theory, Plays]
    public Task StartAsync_WhenTheChildReturnsBecauseTheCallerGaveUp_IsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            using CancellationTokenSource giveUp = new();
            Gate running = new();
            Task<int> start = group.StartAsync<int>(
                (_, ct) =>
                {
                    running.Open();
                    return Work.UntilCanceled(ct);
                },
                giveUp.Token);
            await running.WaitAsync();
            await giveUp.CancelAsync();
            await Expect.Canceled(start, giveUp.Token);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // R11: a child that gets ready too late has been given up, and is canceled
    [Theory, Plays]
    public Task StartAsync_WhenTheChildIsReadyAfterTheCallerGaveUp_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource giveUp = new();
        Gate running = new();
        CancellationToken given = default;
        Exception? refusal = null;
        await scene.RunAsync(async group =>
        {
            Task<int> start = group.StartAsync<int>(
                async (signal, ct) =>
                {
                    given = ct;
                    running.Open();
                    await Work.UntilCanceled(ct);
                    refusal = Record.Exception(() => signal.Started(1));
                    await Work.Forever(ct);
                },
                giveUp.Token);
            await running.WaitAsync();
            await giveUp.CancelAsync();
            await Expect.Canceled(start, giveUp.Token);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
        Assert.Equal(given, Assert.IsType<OperationCanceledException>(refusal).CancellationToken);
    });

    // R26: a child that never got its slot was never invoked
    [Theory, Plays]
    public Task StartAsync_WhenTheGroupEndsWhileTheChildWaitsForASlot_IsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                Task first = group.Run(Work.Forever);
                Task<int> start = group.StartAsync<int>((_, _) => throw new InvalidOperationException("was invoked"));
                group.Cancel();
                await Expect.Canceled(start, group.CancellationToken);
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
    });

    // R26: a starter need not wait for a slot to give up
    [Theory, Plays]
    public Task StartAsync_WhenTheCallerGivesUpWhileTheChildWaitsForASlot_IsCanceledAndInvokesNothing(Play play) => play.In(async scene =>
    {
        bool wasInvoked = false;
        await scene.RunAsync(
            async group =>
            {
                using CancellationTokenSource giveUp = new();
                Gate first = new();
                group.Run(first.WaitAsync);
                Task<int> start = group.StartAsync<int>(
                    (_, _) =>
                    {
                        wasInvoked = true;
                        return Task.CompletedTask;
                    },
                    giveUp.Token);
                await giveUp.CancelAsync();
                await Expect.Canceled(start, giveUp.Token);
                first.Open();
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        Assert.False(wasInvoked);
    });

    // R1: the group owns the start as well
    [Fact]
    public async Task StartAsync_WhenTheChildIsDropped_HasEndedBeforeItsGroup()
    {
        JoinObserver observer = new();
        await TaskGroup.RunAsync(
            group =>
            {
                Gate waiting = new();
                group.Run(async _ =>
                {
                    await waiting.WaitAsync(CancellationToken.None);
                    group.Cancel(); // drops the other, and is the last to end
                });
                observer.Start = group.StartAsync<int>((_, _) => Task.CompletedTask);
                waiting.Open();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { MaxConcurrency = 1, Observer = observer });
        Assert.True(observer.HadEnded);
    }

    // R17: who starts a child may give up, and the group may be canceled all the same
    [Theory, Plays]
    public Task StartAsync_WhenTheGroupIsCanceledAndTheStarterCouldGiveUp_TellsTheChild(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        await scene.RunAsync(async group =>
        {
            Gate running = new();
            Task<int> start = group.StartAsync<int>(
                (_, ct) =>
                {
                    running.Open();
                    return Work.Forever(ct);
                },
                caller.Token);
            await running.WaitAsync();
            group.Cancel();
            await Expect.Canceled(start, group.CancellationToken);
        });
    });

    // R11, R14: of several failures one is more than a cancellation
    [Theory, Plays]
    public Task StartAsync_WhenAGivenUpChildFailsInSeveralWays_HoldsEach(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        using CancellationTokenSource giveUp = new();
        TaskCompletionSource<int> child = new();
        OperationCanceledException canceled = new();
        InvalidDataException e = new();
        Gate running = new();
        Task<int> start = group.StartAsync<int>(
            (_, _) =>
            {
                running.Open();
                return child.Task;
            },
            giveUp.Token);
        await running.WaitAsync();
        await giveUp.CancelAsync();
        child.SetException([canceled, e]);
        await Expect.Throws(start, canceled, e);
    }));

    // No child is started for a starter that has given up
    [Theory, Plays]
    public Task StartAsync_WhenTheStarterIsGoneAlready_StartsNothing(Play play) => play.In(async scene =>
    {
        CancellationToken gone = new(canceled: true);
        await scene.RunAsync(
            async group => await Expect.Canceled(group.StartAsync<int>((_, _) => Task.CompletedTask, gone), gone),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Empty(scene.Observer.Of<ObserverEvent.ChildStarted>());
    });

    private sealed class JoinObserver : TaskGroupObserver
    {
        public Task Start { get; set; } = Task.CompletedTask;

        public bool HadEnded { get; private set; }

        public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed) => HadEnded = Start.IsCompleted;
    }
}
