using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R1: the group outlives what it started.
public sealed class RunAsyncTests
{
    // R1
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyEndsFirst_CompletesAfterTheLastChild(Play play) => play.In(async scene =>
    {
        Gate first = new(), second = new();
        Task<int>? a = null, b = null;
        Task run = scene.RunAsync(group =>
        {
            a = group.Run(async ct =>
            {
                await first.WaitAsync(ct);
                return 42;
            });
            b = group.Run(async ct =>
            {
                await second.WaitAsync(ct);
                scene.Trail.Add("last child ends");
                return 11;
            });
            return Task.CompletedTask;
        });

        first.Open();
        Assert.Equal(42, await a!);
        Assert.False(run.IsCompleted);

        second.Open();
        await run;
        scene.Trail.Add("joined");
        Assert.Equal(["last child ends", "joined"], scene.Trail.Steps);
        Assert.Equal(11, await b!);
    });

    // R1
    [Theory, Plays]
    public Task RunAsync_WhenTheGroupIsEmpty_CompletesNormally(Play play) => play.In(async scene =>
    {
        CancellationReason reason = default;
        await scene.RunAsync(group =>
        {
            reason = group.CancellationReason;
            return Task.CompletedTask;
        });
        Assert.Equal(CancellationReason.None, reason);
        Assert.Equal(7, await scene.RunAsync(_ => Task.FromResult(7)));
        Assert.Equal(8, await scene.RunAsync(async _ =>
        {
            await Task.Yield();
            return 8;
        }));
    });

    // R1, R18
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCancels_WaitsForTheCleanUpOfTheBody(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate cleaning = new(), cleaned = new();

        Task OpenedTwoCallsBelow(CancellationToken ct) => scene.RunAsync(
            async group =>
            {
                try
                {
                    await Work.Forever(group.CancellationToken);
                }
                catch (OperationCanceledException) when (group.CancellationToken.IsCancellationRequested)
                {
                    cleaning.Open();
                    await cleaned.WaitAsync(CancellationToken.None);
                    scene.Trail.Add("cleaned up");
                    throw;
                }
            },
            ct);

        async Task OneCallBelow(CancellationToken ct)
        {
            try
            {
                await OpenedTwoCallsBelow(ct);
            }
            finally
            {
                scene.Trail.Add("joined");
            }
        }

        Task run = OneCallBelow(caller.Token);
        await caller.CancelAsync();
        await cleaning.WaitAsync();
        Assert.False(run.IsCompleted);
        cleaned.Open();
        await Expect.Canceled(run, caller.Token);
        Assert.Equal(["cleaned up", "joined"], scene.Trail.Steps);
    });

    // R1
    [Theory, Plays]
    public Task Cancel_WhenAChildCleansUpUnderATokenOfItsOwn_WaitsForTheCleanUp(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource own = new();
        Gate started = new(2), cleaning = new(2), release = new();

        async Task CleanUpLater(CancellationToken ct, CancellationToken cleanUp, string step)
        {
            try
            {
                started.Open();
                await Work.Forever(ct);
            }
            finally
            {
                cleaning.Open();
                await release.WaitAsync(cleanUp);
                scene.Trail.Add(step);
            }
        }

        Task run = scene.RunAsync(async group =>
        {
            group.Run(ct => CleanUpLater(ct, own.Token, "own token"));
            group.Run(ct => CleanUpLater(ct, CancellationToken.None, "no token"));
            await started.WaitAsync();
            group.Cancel();
        });

        await cleaning.WaitAsync();
        Assert.False(run.IsCompleted);
        Assert.False(own.IsCancellationRequested);
        release.Open();
        await run;
        scene.Trail.Add("joined");
        Assert.Equal("joined", scene.Trail.Steps[2]);
    });

    // R1, R18
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCancelsDuringTheJoin_StillWaitsForAStubbornChild(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new(), release = new();
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            group =>
            {
                captured = group;
                group.Run(async ct =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                    ct.ThrowIfCancellationRequested();
                });
                return Task.CompletedTask;
            },
            caller.Token);

        await started.WaitAsync();
        await caller.CancelAsync();
        Assert.True(captured!.CancellationToken.IsCancellationRequested);
        Assert.False(run.IsCompleted);
        release.Open();
        await Expect.Canceled(run, caller.Token);
    });

    // R1
    [Theory, Plays]
    public Task Stop_WhenAChildIgnoresIt_TheGroupWaitsOn(Play play) => play.In(async scene =>
    {
        Gate started = new(), release = new();
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            group =>
            {
                captured = group;
                group.Run(async _ =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { TimeProvider = scene.Clock });

        await started.WaitAsync();
        captured!.Stop();
        scene.Clock.Advance(TimeSpan.FromDays(1));
        Assert.False(run.IsCompleted);
        Assert.Equal(CancellationReason.None, captured.CancellationReason);
        release.Open();
        await run;
    });

    // R10
    [Theory, Plays]
    public Task RunAsync_WhenSeveralCallersAwaitItsTask_GiveAllTheSameOutcome(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate release = new();
        Task run = scene.RunAsync(group =>
        {
            group.Run(_ => Work.FailAfter(release, failure));
            return Task.CompletedTask;
        });

        async Task<Exception?> Caller() => await Record.ExceptionAsync(() => run);
        Task<Exception?>[] callers = [Caller(), Task.Run(Caller), Caller(), Task.Run(Caller)];
        release.Open();
        Assert.All(await Task.WhenAll(callers), thrown => Assert.Same(failure, thrown));
    });

    // R1
    [Theory, Plays]
    public Task RunAsync_WhenItsTaskIsDropped_StillRunsToItsEnd(Play play) => play.In(async scene =>
    {
        Gate release = new();
        RecordingObserver observer = new();
        _ = scene.RunAsync(
            group =>
            {
                group.Run(async ct =>
                {
                    await release.WaitAsync(ct);
                    scene.Trail.Add("child ends");
                });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = observer });

        release.Open();
        await observer.WaitForAsync<ObserverEvent.GroupCompleted>();
        Assert.Equal(["child ends"], scene.Trail.Steps);
    });

    // R6
    [Theory, Plays]
    public Task RunAsync_WhenAChildAwaitsItsOwnGroup_EndsOnCancellation(Play play) => play.In(async scene =>
    {
        Gate captured = new();
        Task? run = null;
        ITaskGroup? group = null;
        run = scene.RunAsync(opened =>
        {
            group = opened;
            opened.Run(async ct =>
            {
                await captured.WaitAsync(ct);
                await run!.WaitAsync(ct);
            });
            return Task.CompletedTask;
        });

        captured.Open();
        group!.Cancel();
        await run;
    });
}
