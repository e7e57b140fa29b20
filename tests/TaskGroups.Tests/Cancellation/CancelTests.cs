using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R17: Cancel() is idempotent, returns at once, and the first reason stays.
public sealed class CancelTests
{
    // R17
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

            // Later sources change nothing.
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

    // R25
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

    // R17
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

    // R24
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

    // R20: a signal that comes after the end reaches no child
    [Fact]
    public async Task FireLate_WhenTheGroupHasCompleted_FiresNothing()
    {
        ITaskGroup? completed = null;
        await TaskGroup.RunAsync(group =>
        {
            completed = group;
            return Task.CompletedTask;
        });
        using CancellationTokenSource late = new();
        TaskGroup.From(completed!).CancelChildSource(late);
        Assert.False(late.IsCancellationRequested);
    }
}
