using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync by somebody who can give up.
public partial class CombinatorTests
{
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

    // Nobody is started for somebody who is gone
    [Theory, Plays]
    public Task StartAsync_WhenTheStarterIsGoneAlready_StartsNothing(Play play) => play.In(async scene =>
    {
        CancellationToken gone = new(canceled: true);
        await scene.RunAsync(
            async group => await Expect.Canceled(group.StartAsync<int>((_, _) => Task.CompletedTask, gone), gone),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Empty(scene.Observer.Of<ObserverEvent.ChildStarted>());
    });

    // R21: whatever became of the child
    [Theory]
    [InlineData("full")]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("canceled")]
    public async Task StartAsync_WhenItHasEndedOrWasRefused_LeavesNothingOnTheStartersToken(string end)
    {
        using CancellationTokenSource starter = new();
        await TaskGroupTests.AssertCollectedAsync(await StartToTheEndAsync(end, starter.Token));
        await starter.CancelAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> StartToTheEndAsync(string end, CancellationToken starter)
    {
        object closure = new();
        ITaskGroup? kept = null;
        await TaskGroup.RunAsync(
            async group =>
            {
                kept = group;
                if (end == "completed")
                {
                    return;
                }

                Gate release = new();
                Task first = end == "full" ? group.Run(_ => release.WaitAsync(CancellationToken.None)) : Task.CompletedTask;
                await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(group));
                release.Open();
                await first;
            },
            new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 0 });
        if (end == "completed")
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(kept!));
        }

        return new WeakReference(closure);

        Task StartAsync(ITaskGroup group) => group.StartAsync<int>(
            (_, ct) =>
            {
                if (end == "canceled")
                {
                    group.Cancel();
                    return Work.Forever(ct);
                }

                return Task.FromException(new InvalidDataException(closure.ToString()));
            },
            starter);
    }
}
