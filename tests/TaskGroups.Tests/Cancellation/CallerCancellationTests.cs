using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R17, R18: the caller's token.
public sealed class CallerCancellationTests
{
    // R17, R18
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCancels_EndsBodyAndChildrenBeforeTheJoin(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new(5);
        List<Task> children = [];
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            async group =>
            {
                captured = group;
                for (int i = 0; i < 5; i++)
                {
                    children.Add(group.Run(ct =>
                    {
                        started.Open();
                        return Work.Forever(ct);
                    }));
                }

                try
                {
                    await Work.Forever(group.CancellationToken);
                }
                finally
                {
                    scene.Trail.Add("body ends");
                }
            },
            caller.Token);

        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
        Assert.Equal(["body ends"], scene.Trail.Steps);
        Assert.All(children, child => Assert.Equal(TaskStatus.Canceled, child.Status));
        Assert.Equal(CancellationReason.CallerCanceled, captured!.CancellationReason);
    });

    // R18
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCancelsBeforeAnyFailure_EndsInThatCancellationOnly(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate never = new();
        Gate started = new(5);
        Task<int> run = scene.RunAsync(
            async group =>
            {
                for (int i = 0; i < 5; i++)
                {
                    group.Run(async ct =>
                    {
                        started.Open();
                        await never.WaitAsync(ct);
                        throw new InvalidDataException("comes too late");
                    });
                }

                await Work.Forever(group.CancellationToken);
                return 1;
            },
            caller.Token);

        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
    });

    // R18
    [Theory, Plays]
    public Task RunAsync_WhenManyChildrenEndCanceled_ThrowsOneCancellation(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new(100);
        Task run = scene.RunAsync(
            group =>
            {
                for (int i = 0; i < 100; i++)
                {
                    group.Run(ct =>
                    {
                        started.Open();
                        return Work.Forever(ct);
                    });
                }

                return Task.CompletedTask;
            },
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
    });

    // R18
    [Theory, Plays]
    public Task RunAsync_WhenTheCallerCancelsDuringAFailure_ThrowsTheFailure(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        InvalidDataException failure = new();
        Gate ending = new(), release = new();
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(
            group =>
            {
                captured = group;
                group.Run(async ct =>
                {
                    await using CancellationTokenRegistration registration = ct.UnsafeRegister(_ => ending.Open(), null);
                    await ending.WaitAsync(CancellationToken.None);
                    await release.WaitAsync(CancellationToken.None);
                });
                group.Run(async _ =>
                {
                    await Task.Yield();
                    throw failure;
                });
                return Task.CompletedTask;
            },
            caller.Token);

        await Record.ExceptionAsync(() => Work.Forever(captured!.CancellationToken));
        await caller.CancelAsync();
        release.Open();
        await Expect.Throws(run, failure);
        Assert.Equal(CancellationReason.ChildFailed, captured!.CancellationReason);
        OperationCanceledException next = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Work.Forever(caller.Token));
        Assert.Equal(caller.Token, next.CancellationToken);
    });

    // R17
    [Theory, Plays]
    public Task RunAsync_WhenCallerAndTimeoutFireDuringTheJoin_TheFirstDecides(Play play) => play.In(async scene =>
    {
        foreach (bool callerFirst in new[] { true, false })
        {
            using CancellationTokenSource caller = new();
            Gate started = new(), release = new();
            Task run = scene.RunAsync(
                group =>
                {
                    group.Run(async ct =>
                    {
                        started.Open();
                        await release.WaitAsync(CancellationToken.None);
                        ct.ThrowIfCancellationRequested();
                    });
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock },
                caller.Token);
            await started.WaitAsync();

            if (callerFirst)
            {
                await caller.CancelAsync();
            }

            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            if (!callerFirst)
            {
                await caller.CancelAsync();
            }

            release.Open();

            if (callerFirst)
            {
                await Expect.Canceled(run, caller.Token);
            }
            else
            {
                await Expect.TimedOut(run);
            }
        }
    });

    // R17
    [Theory, Plays]
    public Task RunAsync_WhenOnlyAWaitForItIsCanceled_GoesOn(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource other = new();
        Gate release = new();
        Task<int> run = scene.RunAsync(async _ =>
        {
            await release.WaitAsync();
            return 3;
        });
        Task<int> wait = run.WaitAsync(other.Token);
        await other.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.False(run.IsCompleted);
        release.Open();
        Assert.Equal(3, await run);
    });

    // R4, R18
    [Theory, Plays]
    public Task RunAsync_WhenCanceledBeforeItOpens_DoesNotInvokeTheBody(Play play) => play.In(async scene =>
    {
        bool invoked = false;
        CancellationToken fired = new(canceled: true);

        Task<int> Body()
        {
            invoked = true;
            return Task.FromResult(1);
        }

        await Expect.Canceled(scene.RunAsync(Task (_) => Body(), fired), fired);
        await Expect.Canceled(scene.RunAsync(_ => Body(), fired), fired);
        await Expect.TimedOut(
            scene.RunAsync(Task (_) => Body(), new TaskGroupOptions { Timeout = TimeSpan.Zero, Name = "instant" }),
            "instant");
        await Expect.TimedOut(scene.RunAsync(_ => Body(), new TaskGroupOptions { Timeout = TimeSpan.Zero, Name = "instant" }), "instant");
        Assert.False(invoked);
    });
}
