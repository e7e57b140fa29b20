using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync in a group whose children wait for slots.
public sealed class StartInQueueTests
{
    // R26: a place in the queue is for a starter that still waits for its child
    [Theory, Plays]
    public Task StartAsync_WhenTheStarterGivesUpInTheQueue_LeavesItsPlaceToOthers(Play play) => play.In(scene => scene.RunAsync(
        async group =>
        {
            using CancellationTokenSource giveUp = new();
            Gate first = new();
            group.Run(first.WaitAsync);
            Task<int> start = group.StartAsync<int>((_, _) => throw new InvalidOperationException("was invoked"), giveUp.Token);
            Assert.Equal(1, CountOfWaiting(group));

            await giveUp.CancelAsync();

            await Expect.Canceled(start, giveUp.Token);
            Assert.Equal(0, CountOfWaiting(group));
            Task second = group.Run(_ => Task.CompletedTask);
            first.Open();
            await second;
        },
        new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 1 }));

    // A clock of the user's is code between the start and the queue
    [Fact]
    public async Task StartAsync_WhenTheStarterGivesUpJustBeforeTheChildComesIntoTheQueue_LeavesNoPlaceTaken()
    {
        MeddlingClock clock = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                using CancellationTokenSource giveUp = new();
                Gate first = new();
                group.Run(first.WaitAsync);
                clock.WhenAsked(giveUp.Cancel);

                Task<int> start = group.StartAsync<int>((_, _) => throw new InvalidOperationException("was invoked"), giveUp.Token);

                await Expect.Canceled(start, giveUp.Token);
                Assert.Equal(0, CountOfWaiting(group));
                first.Open();
            },
            new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 1, TrackChildren = true, TimeProvider = clock });
    }

    // The same clock, asked just before a child that need not wait
    [Fact]
    public async Task StartAsync_WhenTheStarterGivesUpJustBeforeTheChildIsInvoked_InvokesNothing()
    {
        MeddlingClock clock = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                using CancellationTokenSource giveUp = new();
                clock.WhenAsked(giveUp.Cancel);

                await Expect.Canceled(
                    group.StartAsync<int>((_, _) => throw new InvalidOperationException("was invoked"), giveUp.Token),
                    giveUp.Token);
            },
            new TaskGroupOptions { TrackChildren = true, TimeProvider = clock });
    }

    // R14: nothing began and nothing ended, so nothing is reported
    [Fact]
    public async Task StartAsync_WhenTheCallerGivesUpInTheQueue_RaisesNoEvents()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                using CancellationTokenSource giveUp = new();
                Gate first = new();
                group.Run(first.WaitAsync, name: "first");
                Task<int> start = group.StartAsync<int>((_, _) => Task.CompletedTask, giveUp.Token, name: "given up");
                await giveUp.CancelAsync();
                await Expect.Canceled(start, giveUp.Token);
                first.Open();
            },
            new TaskGroupOptions { MaxConcurrency = 1, Observer = observer });
        Assert.Equal(["first"], observer.Of<ObserverEvent.ChildStarted>().Select(child => child.Name));
        Assert.Equal(["first"], observer.Of<ObserverEvent.ChildCompleted>().Select(child => child.Name));
    }

    // R26: the child that was started first is invoked first
    [Fact]
    public async Task StartAsync_WhenOneOfThoseThatWaitGivesUp_KeepsTheOrderOfTheOthers()
    {
        Trail trail = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                using CancellationTokenSource giveUp = new();
                Gate first = new();
                group.Run(first.WaitAsync);
                Task<string>[] starts = [.. new[] { "a", "b", "c", "d" }.Select(name => group.StartAsync<string>(
                    (signal, _) =>
                    {
                        trail.Add(name);
                        signal.Started(name);
                        return Task.CompletedTask;
                    },
                    name == "b" ? giveUp.Token : CancellationToken.None))];
                await giveUp.CancelAsync();
                first.Open();
                Assert.Equal(["a", "c", "d"], [await starts[0], await starts[2], await starts[3]]);
                await Expect.Canceled(starts[1], giveUp.Token);
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        Assert.Equal(["a", "c", "d"], trail.Steps);
    }

    private static int CountOfWaiting(ITaskGroup group) => TaskGroup.From(group).WaitingCount;
}
