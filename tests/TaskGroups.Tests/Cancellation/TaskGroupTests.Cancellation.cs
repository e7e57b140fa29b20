using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R17: where cancellation comes from; the first source is the reason.
public partial class TaskGroupTests
{
    // PY-07, R17, R18
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

    // PY-08, PY-22, R18
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

    // AN-08, R18
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

    // PY-38, R18
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

    // TR-34, R17
    [Theory, Plays]
    public Task CancellationReason_WhateverTheSource_NamesTheFirst(Play play) => play.In(async scene =>
    {
        Dictionary<CancellationReason, Action<ITaskGroup, CancellationTokenSource>> sources = new()
        {
            [CancellationReason.ChildFailed] = (group, _) => group.Run(_ => Task.FromException(new InvalidDataException())),
            [CancellationReason.Requested] = (group, _) => group.Cancel(),
            [CancellationReason.CallerCanceled] = (_, caller) => caller.Cancel(),
            [CancellationReason.TimedOut] = (_, _) => scene.Clock.Advance(TimeSpan.FromSeconds(1)),
        };

        foreach ((CancellationReason reason, Action<ITaskGroup, CancellationTokenSource> first) in sources)
        {
            using CancellationTokenSource caller = new();
            RecordingObserver observer = new();
            Gate release = new();
            ITaskGroup? captured = null;
            Task run = scene.RunAsync(
                async group =>
                {
                    captured = group;
                    Assert.Equal(CancellationReason.None, group.CancellationReason);
                    await release.WaitAsync();
                },
                new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock, Observer = observer },
                caller.Token);

            first(captured!, caller);
            await observer.WaitForAsync<ObserverEvent.GroupCanceled>();
            Assert.Equal(reason, captured!.CancellationReason);
            TaskGroupSnapshotEntry entry = captured.GetSnapshot().Entries[0];
            Assert.Equal((reason, SnapshotState.Ending), (entry.CancellationReason, entry.State));

            // TR-13: later sources change nothing.
            foreach (Action<ITaskGroup, CancellationTokenSource> later in sources.Values)
            {
                later(captured, caller);
            }

            release.Open();
            await Record.ExceptionAsync(() => run);
            Assert.Equal(reason, captured.CancellationReason);
            Assert.Equal(reason, Assert.Single(observer.Of<ObserverEvent.GroupCanceled>()).Reason);
            Assert.True(captured.CancellationToken.IsCancellationRequested);
        }
    });

    // AN-17, R17
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

    // JD-07, R17
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

    // OX-04, R25
    [Theory, Plays]
    public Task Cancel_WhenAChildIsStubborn_ReturnsWithoutWaiting(Play play) => play.In(async scene =>
    {
        Gate started = new(), release = new();
        Task? child = null;
        await scene.RunAsync(async group =>
        {
            child = group.Run(async _ =>
            {
                started.Open();
                await release.WaitAsync(CancellationToken.None);
            });
            await started.WaitAsync();
            group.Cancel();
            Assert.False(child.IsCompleted);
            release.Open();
        });
        Assert.True(child!.IsCompletedSuccessfully);
    });

    // EF-05, AN-10, TG-08, R17
    [Theory, Plays]
    public Task Cancel_WhenCalledTwice_TellsEachOnce(Play play) => play.In(async scene =>
    {
        Gate started = new(2);
        await scene.RunAsync(async group =>
        {
            group.CancellationToken.UnsafeRegister(_ => scene.Trail.Add("hard"), null);
            group.StoppingToken.UnsafeRegister(_ => scene.Trail.Add("soft"), null);
            for (int i = 0; i < 2; i++)
            {
                group.Run(async ct =>
                {
                    try
                    {
                        started.Open();
                        await Work.Forever(ct);
                    }
                    finally
                    {
                        scene.Trail.Add("clean-up");
                    }
                });
            }

            await started.WaitAsync();
            group.Stop();
            group.Stop();
            group.Cancel();
            group.Cancel();
        });
        Assert.Equal((1, 1, 2), (scene.Trail.CountOf("hard"), scene.Trail.CountOf("soft"), scene.Trail.CountOf("clean-up")));
    });

    // AN-10, R24
    [Theory, Plays]
    public Task Cancel_WhenTheClockMovesOnUnderAStubbornChild_RepeatsNothing(Play play) => play.In(async scene =>
    {
        Gate started = new(), release = new();
        Task run = scene.RunAsync(
            async group =>
            {
                group.CancellationToken.UnsafeRegister(_ => scene.Trail.Add("told"), null);
                group.Run(async _ =>
                {
                    started.Open();
                    await release.WaitAsync(CancellationToken.None);
                });
                await started.WaitAsync();
                group.Cancel();
                await scene.Trail.WaitForAsync("told");
                for (int i = 0; i < 100; i++)
                {
                    scene.Clock.Advance(TimeSpan.FromMinutes(1));
                }

                release.Open();
            },
            new TaskGroupOptions { TimeProvider = scene.Clock, Observer = scene.Observer });
        await run;
        Assert.Equal(["told"], scene.Trail.Steps);
        Assert.Single(scene.Observer.Of<ObserverEvent.GroupCanceled>());
        Assert.Single(scene.Observer.Of<ObserverEvent.ChildStraggling>());
    });

    // PP-02, PY-41, C25, R4, R18
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

    // RN-01, R9, R18
    [Theory, Plays]
    public Task Cancel_WhenEveryChildCallsItAtItsEnd_EndsAllWithTheFirst(Play play) => play.In(async scene =>
    {
        await ActAsync(0, null);
        foreach (int count in new[] { 1, 5 })
        {
            await ActAsync(count, null);
            InvalidDataException failure = new();
            await Expect.Throws(ActAsync(count, failure), failure);
        }

        async Task ActAsync(int count, Exception? failure)
        {
            List<Task> others = [];
            Gate started = new(count - 1);
            Task run = scene.RunAsync(group =>
            {
                for (int i = 1; i < count; i++)
                {
                    others.Add(group.Run(ct => CancelAfterAsync(group, async () =>
                    {
                        started.Open();
                        await Work.Forever(ct);
                    })));
                }

                if (count > 0)
                {
                    group.Run(_ => CancelAfterAsync(group, async () =>
                    {
                        await (count > 1 ? started.WaitAsync(CancellationToken.None) : Task.CompletedTask);
                        if (failure is not null)
                        {
                            throw failure;
                        }
                    }));
                }

                return Task.CompletedTask;
            });
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.All(others, other => Assert.Equal(TaskStatus.Canceled, other.Status));
            await run;
        }

        static async Task CancelAfterAsync(ITaskGroup group, Func<Task> work)
        {
            try
            {
                await work();
            }
            finally
            {
                group.Cancel();
            }
        }
    });
}
