using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync among groups: whose child it is, and whose end it follows.
public partial class CombinatorTests
{
    // TR-26, R1
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

    // AN-01, R7, R12
    [Theory, Plays]
    public Task StartAsync_WhenTheNestedGroupThatWaitsForItFails_IsCanceledAndWaitedFor(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate starting = new();
        Task? nested = null;
        Task run = scene.RunAsync(async outer =>
        {
            nested = outer.RunGroupAsync(async inner =>
            {
                inner.Run(_ => Work.FailAfter(starting, e));
                await outer.StartAsync<int>(
                    async (_, ct) =>
                    {
                        try
                        {
                            starting.Open();
                            await Work.Forever(ct);
                        }
                        finally
                        {
                            await Task.Yield();
                            scene.Trail.Add("starting child ends");
                        }
                    },
                    inner.CancellationToken);
            });
            await Task.WhenAny(nested);
            Assert.Equal(["starting child ends"], scene.Trail.Steps);
            Assert.Equal(CancellationReason.None, outer.CancellationReason);
            await nested;
        });
        await Expect.Throws(run, e);
        await Expect.Throws(nested!, e);
    });

    // TR-23, R11: a child that obeys without an exception was given up all the same
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
}
