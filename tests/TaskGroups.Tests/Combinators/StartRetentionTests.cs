using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R21, R24: StartAsync keeps nothing of its caller, and leaves nothing on the token.
public sealed class StartRetentionTests
{
    // R21
    [Theory, Plays]
    public Task StartAsync_WhenTheChildHasEnded_LeavesNothingOnTheCallersToken(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        WeakReference child = await StartOneAsync(scene, caller.Token);
        if (play.Witness == Witness.None)
        {
            await Expect.Collected(child);
        }

        await caller.CancelAsync();
    });

    // R21
    [Fact]
    public async Task StartAsync_WhenTheChildIsNeverInvoked_LeavesNothingOnTheCallersToken()
    {
        using CancellationTokenSource caller = new();
        foreach (WeakReference child in await DropAndRefuseAsync(caller.Token))
        {
            await Expect.Collected(child);
        }

        await caller.CancelAsync();
    }

    // R21: nothing keeps a starter that has its result
    [Fact]
    public async Task StartAsync_WhenTheChildRunsOn_KeepsNothingOfItsStarter()
    {
        Gate end = new();
        await TaskGroup.RunAsync(async group =>
        {
            WeakReference starter = await StartAndLeaveAsync(group, end);
            await Expect.Collected(starter);
            end.Open();
        });
    }

    // R21: whatever became of the child
    [Theory]
    [InlineData("full")]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("canceled")]
    public async Task StartAsync_WhenItHasEndedOrWasRefused_LeavesNothingOnTheStartersToken(string end)
    {
        using CancellationTokenSource starter = new();
        await Expect.Collected(await StartToTheEndAsync(end, starter.Token));
        await starter.CancelAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> DropAndRefuseAsync(CancellationToken caller)
    {
        List<WeakReference> closures = [];
        await TaskGroup.RunAsync(
            async group =>
            {
                group.Run(Work.Forever);
                Task dropped = StartAsync();
                group.Cancel();
                await Expect.Canceled(dropped, group.CancellationToken);
                await Expect.Canceled(StartAsync(), group.CancellationToken);

                Task StartAsync()
                {
                    object closure = new();
                    closures.Add(new WeakReference(closure));
                    return group.StartAsync<int>((_, _) => Task.FromResult(closure), caller);
                }
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        return closures;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> StartOneAsync(Scene scene, CancellationToken caller)
    {
        object closure = new();
        WeakReference weak = new(closure);
        await scene.RunAsync(group => group.StartAsync<int>(
            async (signal, _) =>
            {
                await Task.Yield();
                signal.Started(closure.GetHashCode());
            },
            caller));
        return weak;
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
