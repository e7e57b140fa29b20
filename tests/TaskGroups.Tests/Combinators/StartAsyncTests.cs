using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync: a child that says when it is ready.
public sealed class StartAsyncTests
{
    // R4: started once; afterwards a child like any other
    [Theory, Plays]
    public Task StartAsync_WhenTheChildHasStarted_ReturnsItsValueAndTheChildRunsOn(Play play) => play.In(async scene =>
    {
        Exception? second = null;
        Task? child = null;
        await scene.RunAsync(async group =>
        {
            int port = await group.StartAsync<int>((signal, ct) => child = ServeAsync(signal, ct));
            Assert.Equal(8080, port);
            Assert.False(child!.IsCompleted);
            group.Cancel();
        });
        await Expect.ChildCanceled(child!);
        Assert.Contains("Started was called before", Assert.IsType<InvalidOperationException>(second).Message, StringComparison.Ordinal);

        async Task ServeAsync(IStartSignal<int> signal, CancellationToken ct)
        {
            await Task.Yield();
            signal.Started(8080);
            second = Record.Exception(() => signal.Started(8081));
            await Work.Forever(ct);
        }
    });

    // R11: the caller gives up: the child is canceled and waited for, the group is not
    [Theory, Plays]
    public Task StartAsync_WhenTheCallerGivesUp_CancelsTheChildOnly(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource giveUp = new();
        Gate running = new();
        bool ended = false;
        await scene.RunAsync(async group =>
        {
            Task<int> start = group.StartAsync<int>(
                async (_, ct) =>
                {
                    try
                    {
                        running.Open();
                        await Work.Forever(ct);
                    }
                    finally
                    {
                        ended = true;
                    }
                },
                giveUp.Token);
            await running.WaitAsync();
            giveUp.Cancel();
            await Expect.Canceled(start, giveUp.Token);
            Assert.True(ended);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // R4: too late before it began
    [Theory, Plays]
    public Task StartAsync_WhenTokenOrGroupHasBeenCanceled_InvokesNothing(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            CancellationToken fired = new(canceled: true);
            bool invoked = false;
            Task Invoke(IStartSignal<int> signal, CancellationToken ct)
            {
                invoked = true;
                return Task.CompletedTask;
            }

            await Expect.Canceled(group.StartAsync<int>(Invoke, fired), fired);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
            group.Cancel();
            await Expect.Canceled(group.StartAsync<int>(Invoke), group.CancellationToken);
            Assert.False(invoked);
        });
    });

    // R1
    [Theory, Plays]
    public Task StartAsync_WhenTheBodyEndsWhileItIsPending_KeepsTheGroupOpen(Play play) => play.In(async scene =>
    {
        Gate release = new();
        Task<int>? start = null;
        Task run = scene.RunAsync(group =>
        {
            start = group.StartAsync<int>(async (signal, ct) =>
            {
                await release.WaitAsync(ct);
                signal.Started(5);
                scene.Trail.Add("child ends");
            });
            return Task.CompletedTask;
        });
        Assert.False(run.IsCompleted);
        Assert.False(start!.IsCompleted);
        release.Open();
        await run;
        scene.Trail.Add("joined");
        Assert.Equal(["child ends", "joined"], scene.Trail.Steps);
        Assert.Equal(5, await start);
    });

    // R4, R18: the end of the group is not the child's failure
    [Theory, Plays]
    public Task StartAsync_WhenTheGroupEndsBeforeTheChildHasStarted_IsCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            Gate running = new();
            Task<int> start = group.StartAsync<int>((_, ct) =>
            {
                running.Open();
                return Work.Forever(ct);
            });
            await running.WaitAsync();
            group.Cancel();
            await Expect.Canceled(start, group.CancellationToken);
        });
    });

    // Also from other code to which the child gave its signal
    [Theory, Plays]
    public Task Started_WhenTheChildHasEnded_ThrowsAndSaysSo(Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        IStartSignal<int> kept = null!;
        InvalidDataException e = new();
        await Expect.Throws(
            group.StartAsync<int>((signal, _) =>
            {
                kept = signal;
                throw e;
            }),
            e);
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => kept.Started(1));
        Assert.Contains("the child has ended", refusal.Message, StringComparison.Ordinal);
    }));

    // R21: no starter is left to tell
    [Theory, Plays]
    public Task StartAsync_WhenTheChildHasEnded_IsNoLongerToldOfACancellation(Play play) => play.In(async scene =>
    {
        CancellationToken given = default;
        await scene.RunAsync(
            async group =>
            {
                using CancellationTokenSource caller = new(); // so that the child has a token of its own
                await group.StartAsync<int>(
                    (signal, ct) =>
                    {
                        given = ct;
                        signal.Started(1);
                        return Task.CompletedTask;
                    },
                    caller.Token);
                await group.Run(_ => Task.CompletedTask); // in the slot that the other has left
                group.Cancel();
            },
            new TaskGroupOptions { MaxConcurrency = 1 });
        Assert.False(given.IsCancellationRequested);
    });

    // R22: the flag of the token is set at once
    [Theory, Plays]
    public Task StartAsync_WhenTheTokenCannotFire_GivesTheChildTheGroupsToken(Play play) => play.In(scene => scene.RunAsync(async group =>
        Assert.Equal(group.CancellationToken, await group.StartAsync<CancellationToken>((signal, ct) =>
        {
            signal.Started(ct);
            return Task.CompletedTask;
        }))));
}
