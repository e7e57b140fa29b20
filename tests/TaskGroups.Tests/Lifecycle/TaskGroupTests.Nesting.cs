using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R7: a nested group is waited for and canceled like a child; its failure goes to whoever awaits it.
public partial class TaskGroupTests
{
    // PY-11, R7, R18
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

    // PY-13, R7, R9
    [Theory, Plays]
    public Task RunGroupAsync_WhenAnOuterChildFails_ContributesNothing(Play play) => play.In(async scene =>
    {
        InvalidDataException e1 = new();
        Gate started = new();
        Task run = scene.RunAsync(async outer =>
        {
            outer.Run(_ => Work.FailAfter(started, e1));
            await outer.RunGroupAsync(inner =>
            {
                inner.Run(async ct =>
                {
                    started.Open();
                    await Work.Forever(ct);
                    throw new InvalidDataException("comes too late");
                });
                return Task.CompletedTask;
            });
        });
        await Expect.Throws(run, e1);
    });

    // PY-14, R7, R10
    [Theory, Plays]
    public Task RunGroupAsync_WhenANestedChildFailsAndTheBodyAwaits_FailsTheOuterWithTheSameObject(Play play) => play.In(async scene =>
    {
        InvalidDataException e1 = new();
        Gate started = new();
        Task? outerChild = null, nested = null;
        Task run = scene.RunAsync(async outer =>
        {
            outerChild = outer.Run(ct =>
            {
                started.Open();
                return Work.Forever(ct);
            });
            nested = outer.RunGroupAsync(inner =>
            {
                inner.Run(_ => Work.FailAfter(started, e1));
                return Task.CompletedTask;
            });
            await nested;
        });
        await Expect.Throws(run, e1);
        await Expect.Throws(nested!, e1);
        await Expect.ChildCanceled(outerChild!);
    });

    // R7: a failure that is caught does not fail the outer group
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsFailureIsCaught_LeavesTheOuterUnharmed(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        int value = await scene.RunAsync(async outer =>
        {
            Task<int> sibling = outer.Run(async _ =>
            {
                await Task.Yield();
                return 2;
            });
            Task nested = outer.RunGroupAsync(inner =>
            {
                inner.Run(_ => Task.FromException(failure));
                return Task.CompletedTask;
            });
            await Expect.Throws(nested, failure);
            Assert.Equal(CancellationReason.None, outer.CancellationReason);
            return await sibling;
        });
        Assert.Equal(2, value);
    });

    // R7: nor does one that nobody awaits; the observers hear of it
    [Theory, Plays]
    public Task RunGroupAsync_WhenNobodyAwaitsItsFailure_TellsTheObservers(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await scene.RunAsync(
            outer =>
            {
                _ = outer.RunGroupAsync(
                    inner =>
                    {
                        inner.Run(_ => Task.FromException(failure), "nested child");
                        return Task.CompletedTask;
                    },
                    new TaskGroupOptions { Name = "inner" });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Observer = scene.Observer });

        ObserverEvent.ChildCompleted ended = Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>());
        Assert.Equal(("nested child", ChildOutcome.Failed, failure), (ended.Name, ended.Outcome, ended.Exception));
        ObserverEvent.GroupCanceled canceled = Assert.Single(scene.Observer.Of<ObserverEvent.GroupCanceled>());
        Assert.Equal(
            ("inner", CancellationReason.ChildFailed, "nested child", failure),
            (canceled.Group.Name, canceled.Reason, canceled.Child, canceled.Cause));
    });

    // TR-14, R1, R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheBodyReturnsWithoutAwaitingIt_IsWaitedFor(Play play) => play.In(async scene =>
    {
        Gate release = new();
        Task run = scene.RunAsync(outer =>
        {
            _ = outer.RunGroupAsync(inner =>
            {
                inner.Run(async ct =>
                {
                    await release.WaitAsync(ct);
                    scene.Trail.Add("nested child ends");
                });
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
        Assert.False(run.IsCompleted);
        release.Open();
        await run;
        scene.Trail.Add("joined");
        Assert.Equal(["nested child ends", "joined"], scene.Trail.Steps);
    });

    // TR-07, R7
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

    // TR-05, R7, R11
    [Theory, Plays]
    public Task RunAsync_WhenOneRealFailureMeetsManyCancellations_ThrowsItAlone(Play play) => play.In(async scene =>
    {
        InvalidDataException k = new();
        Gate started = new(4);

        Task Block(CancellationToken ct)
        {
            started.Open();
            return Work.Forever(ct);
        }

        Task run = scene.RunAsync(async outer =>
        {
            outer.Run(Block);
            await outer.RunGroupAsync(async middle =>
            {
                middle.Run(Block);
                middle.Run(Block);
                await middle.RunGroupAsync(inner =>
                {
                    inner.Run(Block);
                    inner.Run(_ => Work.FailAfter(started, k));
                    return Task.CompletedTask;
                });
            });
        });
        await Expect.Throws(run, k);
    });

    // AN-07, R7, R10, R11
    [Theory, Plays]
    public Task RunAsync_WhenNestedAndOuterChildrenFailInCleanUp_ListsBothFlat(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        InvalidDataException c = new("nested"), p = new("outer");
        Gate started = new(2);
        Task run = scene.RunAsync(
            async outer =>
            {
                outer.Run(ct => Work.FailInCleanUp(started.Open, p, ct));
                await outer.RunGroupAsync(inner =>
                {
                    inner.Run(ct => Work.FailInCleanUp(started.Open, c, ct));
                    return Task.CompletedTask;
                });
            },
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.ThrowsInAnyOrder(run, c, p);
    });

    // TR-11, R7, R18
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

    // JD-17, R3, R7
    [Theory, Plays]
    public Task Run_WhenTheNestedGroupHasCompleted_IsRefusedInItsName(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async outer =>
        {
            ITaskGroup? captured = null;
            await outer.RunGroupAsync(
                inner =>
                {
                    captured = inner;
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { Name = "the nested one" });
            Assert.Equal("the nested one", captured!.Name);
            Expect.Refused(captured);
            Assert.Equal(1, await outer.Run(_ => Task.FromResult(1)));
        });
    });

    // PY-37, R9, R12
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyCatchesTheFailureOfAGroupOfItsOwn_ThrowsTheOutersOnly(Play play) => play.In(async scene =>
    {
        InvalidDataException inside = new("inside"), outside = new("outside");
        Gate fail = new();
        Task run = scene.RunAsync(async outer =>
        {
            outer.Run(_ => Work.FailAfter(fail, outside));
            Task inner = scene.RunAsync(
                group =>
                {
                    group.Run(ct => Work.FailInCleanUp(fail.Open, inside, ct));
                    return Task.CompletedTask;
                },
                outer.CancellationToken);
            await Expect.Throws(inner, inside);
            Assert.True(outer.CancellationToken.IsCancellationRequested);
            await Work.Forever(outer.CancellationToken);
        });
        await Expect.Throws(run, outside);
    });

    // R4, R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheOuterIsEnding_DoesNotInvokeTheBody(Play play) => play.In(async scene =>
    {
        bool invoked = false;
        Task? nested = null;
        Task<int>? valued = null;
        ITaskGroup? captured = null;
        await scene.RunAsync(outer =>
        {
            captured = outer;
            outer.Cancel();
            nested = outer.RunGroupAsync(_ => Invoked());
            valued = outer.RunGroupAsync<int>(_ => Invoked());
            return Task.CompletedTask;
        });
        await Expect.Canceled(nested!, captured!.CancellationToken);
        await Expect.Canceled(valued!, captured.CancellationToken);
        Assert.False(invoked);

        Task<int> Invoked()
        {
            invoked = true;
            return Task.FromResult(1);
        }
    });

    // R3, R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheOuterHasCompleted_ThrowsInItsName(Play play) => play.In(async scene =>
    {
        bool invoked = false;
        ITaskGroup? captured = null;
        await scene.RunAsync(
            outer =>
            {
                captured = outer;
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "past" });
        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => captured!.RunGroupAsync(_ =>
        {
            invoked = true;
            return Task.CompletedTask;
        }));
        Assert.Contains("past", refusal.Message, StringComparison.Ordinal);
        Assert.False(invoked);
    });

    // R7: the limit of depth
    [Theory, Plays]
    public Task RunGroupAsync_WhenNestedTooDeep_Throws(Play play) => play.In(async scene =>
    {
        int deepest = 0;

        async Task Descend(ITaskGroup group, int level)
        {
            deepest = level;
            await group.RunGroupAsync(nested => Descend(nested, level + 1));
        }

        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => scene.RunAsync(root => Descend(root, 0)));
        Assert.Equal(128, deepest);
        Assert.Contains("128 levels deep", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("one group around it", refusal.Message, StringComparison.Ordinal); // what to do instead
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

    // C21, R7
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
}
