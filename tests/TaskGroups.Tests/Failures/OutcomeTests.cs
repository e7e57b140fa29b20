using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R18: the outcome of a group whose work was cut short. R19: the outcome of one whose work was not.
public sealed class OutcomeTests
{
    // R18
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyCancels_CompletesNormallyAfterTheChildren(Play play) => play.In(async scene =>
    {
        Gate started = new(2);
        List<Task> children = [];
        ITaskGroup? captured = null;
        await scene.RunAsync(async group =>
        {
            captured = group;
            for (int i = 0; i < 2; i++)
            {
                children.Add(group.Run(ct =>
                {
                    started.Open();
                    return Work.Forever(ct);
                }));
            }

            await started.WaitAsync();
            group.Cancel();
        });
        Assert.All(children, child => Assert.Equal(TaskStatus.Canceled, child.Status));
        Assert.Equal(CancellationReason.Requested, captured!.CancellationReason);
    });

    // R18
    [Theory, Plays]
    public Task RunAsync_WhenAChildCancelsWhileTheBodyBlocks_StopsTheBodysCancellation(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            group.Run(async _ =>
            {
                await Task.Yield();
                group.Cancel();
            });
            await Work.Forever(group.CancellationToken);
        });

        ITaskGroup? captured = null;
        Task<int> valued = scene.RunAsync(async group =>
        {
            captured = group;
            group.Run(async _ =>
            {
                await Task.Yield();
                group.Cancel();
            });
            await Work.Forever(group.CancellationToken);
            return 1;
        });
        await Expect.Canceled(valued, captured!.CancellationToken);
    });

    // R18: leaving early with a value
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyCancelsAndReturns_GivesItsValue(Play play) => play.In(async scene =>
    {
        string value = await scene.RunAsync(async group =>
        {
            group.Run(Work.Forever);
            await Task.Yield();
            group.Cancel();
            return "not found";
        });
        Assert.Equal("not found", value);
    });

    // R18
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyThrowsAfterCancel_ThrowsThat(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        ITaskGroup? captured = null;
        await Expect.Throws(
            scene.RunAsync(async group =>
            {
                captured = group;
                group.Cancel();
                await Task.Yield();
                throw failure;
            }),
            failure);
        Assert.Equal(CancellationReason.Requested, captured!.CancellationReason);
    });

    // R18
    [Theory, Plays]
    public Task RunAsync_WhenAChildFailsInItsCleanUpAfterCancel_ThrowsThat(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate started = new();
        await Expect.Throws(
            scene.RunAsync(async group =>
            {
                group.Run(ct => Work.FailInCleanUp(started.Open, failure, ct));
                await started.WaitAsync();
                group.Cancel();
            }),
            failure);
    });

    // R19
    [Theory, Plays]
    public Task RunAsync_WhenEverythingFinishedAlthoughTheCallerCanceled_TheResultStands(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new(), release = new();
        Task<int> run = scene.RunAsync(
            group =>
            {
                group.Run(async _ =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                });
                return Task.FromResult(9);
            },
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        release.Open();
        Assert.Equal(9, await run);
    });

    // R19
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCancelsAfterwards_TheResultStands(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            group =>
            {
                captured = group;
                return Task.CompletedTask;
            },
            caller.Token);
        await run;
        await caller.CancelAsync();
        Assert.Equal(TaskStatus.RanToCompletion, run.Status);
        Assert.Equal(CancellationReason.None, captured!.CancellationReason);
        Assert.False(captured.CancellationToken.IsCancellationRequested);
    });

    // R18: a child that Run refused was cut short, even if no code looked at its task
    [Theory, Plays]
    public Task RunAsync_WhenRunRefusedAChild_WasCutShort(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        await Expect.Canceled(
            scene.RunAsync(
                group =>
                {
                    caller.Cancel();
                    group.Run(ct => Task.CompletedTask);
                    return Task.CompletedTask;
                },
                caller.Token),
            caller.Token);

        await Expect.TimedOut(scene.RunAsync(
            group =>
            {
                scene.Clock.Advance(TimeSpan.FromSeconds(1));
                group.Run(ct => Task.CompletedTask);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock }));

        await scene.RunAsync(group =>
        {
            group.Cancel();
            group.Run(ct => Task.CompletedTask);
            return Task.CompletedTask;
        });
    });

    // R11, R18: the body ended canceled without an exception of its own making
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyReturnsTheTaskOfACanceledChild_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new();
        Task<int> run = scene.RunAsync(
            group => group.Run(async ct =>
            {
                started.Open();
                await Work.Forever(ct);
                return 1;
            }),
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
    });
}
