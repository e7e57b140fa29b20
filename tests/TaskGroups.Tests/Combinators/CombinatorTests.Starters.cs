using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync: whoever waits for the child, and what ties the two.
public partial class CombinatorTests
{
    // TR-23, R26: nobody need wait for a slot to give up
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

    // R22: the flag of the token is set at once
    [Theory, Plays]
    public Task StartAsync_WhenNobodyCanGiveUp_GivesTheChildTheGroupsToken(Play play) => play.In(scene => scene.RunAsync(async group =>
        Assert.Equal(group.CancellationToken, await group.StartAsync<CancellationToken>((signal, ct) =>
        {
            signal.Started(ct);
            return Task.CompletedTask;
        }))));

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

    // A child's signal is the child's, whoever else gets hold of it
    [Theory, Plays]
    public Task Run_WhenItsStateIsASignal_CountsTheChildsOwnFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException early = new(), e = new();
        IStartSignal<int> kept = null!;
        Task run = scene.RunAsync(
            async group =>
            {
                await Expect.Throws(
                    group.StartAsync<int>((signal, _) =>
                    {
                        kept = signal;
                        return Task.FromException(early);
                    }),
                    early);
                group.Run(Task (_, _) => throw e, kept, "other");
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, e);
        Assert.Equal(e, Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>(), each => each.Name == "other").Exception);
    });

    // R21: a starter that has what it wanted is kept by nobody
    [Fact]
    public async Task StartAsync_WhenTheChildRunsOn_KeepsNothingOfItsStarter()
    {
        Gate end = new();
        await TaskGroup.RunAsync(async group =>
        {
            WeakReference starter = await StartAndLeaveAsync(group, end);
            await TaskGroupTests.AssertCollectedAsync(starter);
            end.Open();
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> StartAndLeaveAsync(ITaskGroup group, Gate end)
    {
        CancellationTokenSource starter = new();
        await group.StartAsync<int>(
            async (signal, ct) =>
            {
                await Task.Yield();
                signal.Started(1);
                await end.WaitAsync(ct);
            },
            starter.Token);
        return new WeakReference(starter);
    }

    private sealed class JoinObserver : TaskGroupObserver
    {
        public Task Start { get; set; } = Task.CompletedTask;

        public bool HadEnded { get; private set; }

        public override void GroupCompleted(ITaskGroup group, TimeSpan elapsed) => HadEnded = Start.IsCompleted;
    }
}
