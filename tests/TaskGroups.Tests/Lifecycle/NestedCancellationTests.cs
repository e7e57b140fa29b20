using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R7, R17: what cancels an outer group cancels its nested groups; a nested one leaves the outer group alone.
public sealed class NestedCancellationTests
{
    // R7, R18
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheOutersCallerCancels_CancelsTheNestedChildren(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new(3);
        ITaskGroup? outer = null, inner = null;
        Task? nested = null;
        Task run = scene.RunAsync(
            async group =>
            {
                outer = group;
                nested = group.RunGroupAsync(opened =>
                {
                    inner = opened;
                    for (int i = 0; i < 3; i++)
                    {
                        opened.Run(async ct =>
                        {
                            started.Open();
                            await Work.Forever(ct);
                            throw new InvalidDataException("comes too late");
                        });
                    }

                    return Task.CompletedTask;
                });
                await nested;
            },
            caller.Token);

        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
        await Expect.Canceled(nested!, outer!.CancellationToken);
        Assert.Equal(CancellationReason.CallerCanceled, inner!.CancellationReason);
    });

    // R7
    [Theory, Plays]
    public Task Cancel_WhenGroupsAreNested_EndsAllBeforeTheRootsJoin(Play play) => play.In(async scene =>
    {
        Gate started = new(4);

        async Task Block(CancellationToken ct)
        {
            try
            {
                started.Open();
                await Work.Forever(ct);
            }
            finally
            {
                scene.Trail.Add("child ends");
            }
        }

        await scene.RunAsync(async root =>
        {
            root.Run(Block);
            root.Run(Block);
            Task nested = root.RunGroupAsync(inner =>
            {
                inner.Run(Block);
                inner.Run(Block);
                return Task.CompletedTask;
            });
            await started.WaitAsync();
            root.Cancel();
            await nested;
        });
        scene.Trail.Add("joined");
        Assert.Equal(["child ends", "child ends", "child ends", "child ends", "joined"], scene.Trail.Steps);
    });

    // R7, R18
    [Theory, Plays]
    public Task Cancel_WhenCalledOnInnerAndMiddle_LetsTheOuterRunOn(Play play) => play.In(async scene =>
    {
        foreach (bool innerFirst in new[] { true, false })
        {
            await scene.RunAsync(async outer =>
            {
                Gate started = new();
                ITaskGroup? middle = null, inner = null;
                Task middleRun = outer.RunGroupAsync(async opened =>
                {
                    middle = opened;
                    await opened.RunGroupAsync(opened =>
                    {
                        inner = opened;
                        opened.Run(ct =>
                        {
                            started.Open();
                            return Work.Forever(ct);
                        });
                        return Task.CompletedTask;
                    });
                });
                await started.WaitAsync();
                (innerFirst ? inner! : middle!).Cancel();
                (innerFirst ? middle! : inner!).Cancel();
                await middleRun;
                Assert.Equal(CancellationReason.Requested, middle!.CancellationReason);
                Assert.Equal(innerFirst ? CancellationReason.Requested : CancellationReason.CallerCanceled, inner!.CancellationReason);
                Assert.Equal(CancellationReason.None, outer.CancellationReason);
                await outer.Run(_ => Task.CompletedTask);
            });
        }
    });

    // R7: deep trees are canceled and joined from the root
    [Theory, Plays]
    public Task Cancel_WhenNestedToTheLimit_EndsTheDeepestChild(Play play) => play.In(async scene =>
    {
        Gate started = new();

        Task Descend(ITaskGroup group, int level) => level < 128
            ? group.RunGroupAsync(nested => Descend(nested, level + 1))
            : group.Run(ct =>
            {
                started.Open();
                return Work.Forever(ct);
            });

        ITaskGroup? root = null;
        Task run = scene.RunAsync(group =>
        {
            root = group;
            return Descend(group, 0);
        });
        await started.WaitAsync();
        root!.Cancel();
        await run;
    });

    // R7
    [Theory, Plays(StartModesOnly = true)]
    public Task Cancel_WhenTenThousandGroupsAreNestedSideBySide_EndsAll(Play play) => play.In(async scene =>
    {
        const int Count = 10_000;
        Gate started = new(Count);
        InvalidDataException[] failures = [.. Enumerable.Range(0, Count).Select(i => new InvalidDataException($"{i}"))];
        ITaskGroup? root = null;
        Task run = scene.RunAsync(group =>
        {
            root = group;
            foreach (InvalidDataException failure in failures)
            {
                group.Run(_ => group.RunGroupAsync(async nested =>
                {
                    started.Open();
                    await Work.UntilCanceled(nested.CancellationToken);
                    throw failure;
                }));
            }

            return Task.CompletedTask;
        });

        await started.WaitAsync();
        Assert.Equal(1 + Count, root!.GetSnapshot().Entries.Count);
        root.Cancel();
        Exception? thrown = await Record.ExceptionAsync(() => run);
        Assert.Equal(Count, run.Exception!.InnerExceptions.Count);
        Assert.All(run.Exception.InnerExceptions, each => Assert.IsType<InvalidDataException>(each));

        // Flat: what a log or an exception page renders does not grow with the number of failures.
        Assert.Null(thrown!.InnerException);
        Assert.InRange(thrown.ToString().Length, 1, 10_000);
    });

    // R7, R17: the hold that the nested group had taken goes back, else the outer group would never complete
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsTimeoutIsZero_ThrowsWithoutInvokingAndTheOuterCompletes(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            TimeoutException late = await Assert.ThrowsAsync<TimeoutException>(() => group.RunGroupAsync(
                _ => throw new InvalidDataException("invoked"), new TaskGroupOptions { Name = "late", Timeout = TimeSpan.Zero }));
            Assert.Contains("late", late.Message, StringComparison.Ordinal);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        }));

    // R18, R19: what a nested group did to itself cuts nothing short in the outer one
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupCanceledItself_TheResultStandsThoughTheCallerCancels(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        int result = await scene.RunAsync(
            async group =>
            {
                await group.RunGroupAsync(async nested =>
                {
                    Task child = nested.Run(Work.Forever);
                    nested.Cancel();
                    await Record.ExceptionAsync(() => child);
                });
                await caller.CancelAsync();
                return 7;
            },
            caller.Token);
        Assert.Equal(7, result);
    });

    // R18, R19: nor does one that was canceled with the outer one and finished all the same
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupFinishedAlthoughCanceled_TheResultStands(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        int result = await scene.RunAsync(
            async group =>
            {
                await group.RunGroupAsync(_ => caller.CancelAsync());
                return 7;
            },
            caller.Token);
        Assert.Equal(7, result);
    });

    // R18: one that no code awaits and that the caller's cancellation cut short does
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupThatNoCodeAwaitsWasCutShort_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Task<int> run = scene.RunAsync(
            group =>
            {
                group.RunGroupAsync(nested => Work.Forever(nested.CancellationToken));
                return Task.FromResult(7);
            },
            caller.Token);
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
    });

    // R4, R18: a nested group that was refused is work cut short
    [Theory, Plays]
    public Task RunAsync_WhenANestedGroupWasRefused_IsCanceled(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Task run = scene.RunAsync(
            async group =>
            {
                await caller.CancelAsync();
                Task refused = group.RunGroupAsync(_ => throw new InvalidDataException("invoked"));
                Assert.Equal(TaskStatus.Canceled, refused.Status);
            },
            caller.Token);
        await Expect.Canceled(run, caller.Token);
    });
}
