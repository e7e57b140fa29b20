using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R5: the soft signal. R11: a child or body that ends with the stopping token has not failed.
public sealed class StopTests
{
    // R5
    [Theory, Plays]
    public Task Stop_WhenItIsTheFirstThingTheBodyDoes_StillTakesChildren(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            Assert.False(group.StoppingToken.IsCancellationRequested);
            group.Stop();
            (bool Stopped, bool Canceled) seen = await group.Run(ct =>
                Task.FromResult((group.StoppingToken.IsCancellationRequested, ct.IsCancellationRequested)));
            Assert.Equal((true, false), seen);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // R5
    [Theory, Plays]
    public Task Run_WhenCalledByAChildOfAStoppedGroup_IsStartedAndWaitedFor(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(group =>
        {
            group.Run(async _ =>
            {
                group.Stop();
                await Task.Yield();
                group.Run(async _ =>
                {
                    Assert.True(group.StoppingToken.IsCancellationRequested);
                    await Task.Yield();
                    scene.Trail.Add("started after the stop");
                });
            });
            return Task.CompletedTask;
        });
        Assert.Equal(["started after the stop"], scene.Trail.Steps);
    });

    // R17
    [Theory, Plays]
    public Task Cancel_WhenTheGroupIsStopped_FiresTheHardSignalOnce(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            group.CancellationToken.UnsafeRegister(_ => scene.Trail.Add("hard"), null);
            group.StoppingToken.UnsafeRegister(_ => scene.Trail.Add("soft"), null);
            group.Stop();
            await scene.Trail.WaitForAsync("soft");
            Assert.False(group.CancellationToken.IsCancellationRequested);
            group.Cancel();
            group.Cancel();
            group.Stop();
            Assert.True(group.CancellationToken.IsCancellationRequested);
            await scene.Trail.WaitForAsync("hard");
        });
        Assert.Equal(["soft", "hard"], scene.Trail.Steps);
    });

    // the soft signal fires at the latest with the hard one
    [Theory, Plays]
    public Task Cancel_WhenTheGroupIsNotStopped_FiresBothSignals(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(group =>
        {
            CancellationToken soft = group.StoppingToken;
            group.Cancel();
            Assert.True(soft.IsCancellationRequested && group.StoppingToken.IsCancellationRequested);
            return Task.CompletedTask;
        });

        // also where no code has used the soft token before
        await scene.RunAsync(group =>
        {
            group.Cancel();
            Assert.True(group.StoppingToken.IsCancellationRequested);
            return Task.CompletedTask;
        });
    });

    // R5: nested groups, also those opened later
    [Theory, Plays]
    public Task Stop_WhenGroupsAreNested_ReachesThemWheneverTheyOpen(Play play) => play.In(async scene =>
    {
        Gate opened = new(), stopped = new();
        await scene.RunAsync(async outer =>
        {
            Task before = outer.RunGroupAsync(middle => middle.RunGroupAsync(async inner =>
            {
                Assert.False(inner.StoppingToken.IsCancellationRequested);
                opened.Open();
                await stopped.WaitAsync();
                Assert.True(inner.StoppingToken.IsCancellationRequested);
                Assert.False(inner.CancellationToken.IsCancellationRequested);
            }));
            await opened.WaitAsync();
            outer.Stop();
            stopped.Open();
            await before;

            await outer.RunGroupAsync(middle => middle.RunGroupAsync(inner =>
            {
                Assert.True(inner.StoppingToken.IsCancellationRequested);
                Assert.False(inner.CancellationToken.IsCancellationRequested);
                return Task.CompletedTask;
            }));
        });
    });

    // R5: it goes down, never up
    [Theory, Plays]
    public Task Stop_WhenCalledOnANestedGroup_LeavesTheOuterAlone(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async outer =>
        {
            await outer.RunGroupAsync(inner =>
            {
                inner.Stop();
                return Task.CompletedTask;
            });
            Assert.False(outer.StoppingToken.IsCancellationRequested);
        });
    });

    // R5, R10
    [Theory, Plays]
    public Task Stop_WhenAChildPassesTheSoftSignalOn_ItsOwnOutcomeCounts(Play play) => play.In(async scene =>
    {
        foreach (bool fails in new[] { false, true })
        {
            InvalidDataException e = new();
            Task<int> run = scene.RunAsync(async group =>
            {
                Task<int> child = group.Run(async _ =>
                {
                    await Work.UntilCanceled(group.StoppingToken);
                    return fails ? throw e : 6;
                });
                group.Stop();
                return await child;
            });
            if (fails)
            {
                await Expect.Throws(run, e);
            }
            else
            {
                Assert.Equal(6, await run);
            }
        }
    });

    // R11: obedience
    [Theory, Plays]
    public Task Stop_WhenAChildEndsWithTheSoftSignal_HasNotFailed(Play play) => play.In(async scene =>
    {
        Gate started = new();
        Task? child = null;
        await scene.RunAsync(
            async group =>
            {
                child = group.Run(_ =>
                {
                    started.Open();
                    return Work.Forever(group.StoppingToken);
                });
                await started.WaitAsync();
                group.Stop();
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.ChildCanceled(child!);
        Assert.Equal(ChildOutcome.Canceled, Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>()).Outcome);
        Assert.Empty(scene.Observer.Of<ObserverEvent.GroupCanceled>());
    });

    // R11: also obedience to the soft signal of an outer group
    [Theory, Plays]
    public Task Stop_WhenANestedChildEndsWithTheOutersSoftSignal_HasNotFailed(Play play) => play.In(async scene =>
    {
        Gate started = new(2);
        await scene.RunAsync(async outer =>
        {
            Task nested = outer.RunGroupAsync(middle => middle.RunGroupAsync(async inner =>
            {
                foreach (ITaskGroup stopped in new[] { middle, outer })
                {
                    inner.Run(_ =>
                    {
                        started.Open();
                        return Work.Forever(stopped.StoppingToken);
                    });
                }

                await started.WaitAsync();
                outer.Stop();
            }));
            await nested;
        });
    });

    // R11: the body may obey as well
    [Theory, Plays]
    public Task Stop_WhenTheBodyEndsWithTheSoftSignal_CompletesNormally(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            group.Stop();
            await Work.Forever(group.StoppingToken);
        });
    });

    // R11: without Stop() the same exception is a failure
    [Theory, Plays]
    public Task RunAsync_WhenAChildThrowsTheSoftSignalWithoutAStop_CountsItAsAFailure(Play play) => play.In(async scene =>
    {
        OperationCanceledException? failure = null;
        Task run = scene.RunAsync(group =>
        {
            failure = new OperationCanceledException(group.StoppingToken);
            group.Run(Task (_) => throw failure);
            return Task.CompletedTask;
        });
        await Expect.Throws(run, failure!);
    });

    // R11, R18: a body that obeys Stop has no value to give
    [Theory, Plays]
    public Task Stop_WhenABodyWithAValueObeysIt_IsCanceledWithTheSoftSignal(Play play) => play.In(async scene =>
    {
        CancellationToken soft = default;
        Task<int> run = scene.RunAsync<int>(group =>
        {
            soft = group.StoppingToken;
            group.Stop();
            soft.ThrowIfCancellationRequested();
            return Task.FromResult(1);
        });
        await Expect.Canceled(run, soft);
    });

    // R11: whatever token it carries
    [Theory, Plays]
    public Task Stop_WhenAChildAndTheBodyEndWithAnotherFiredToken_HaveObeyed(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource foreign = new();
        await foreign.CancelAsync();
        OperationCanceledException obedience = new(foreign.Token);
        await scene.RunAsync(async group =>
        {
            group.Stop();
            Assert.True(group.StoppingToken.IsCancellationRequested);
            await group.Run(_ => Task.FromException(obedience));
        });
    });

    // R11: what the body obeyed was the stop, whatever came later
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsBodyObeysAStopAndItsTimeCameLater_CarriesTheStop(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            Gate running = new(), end = new();
            TaskCompletionSource<int> body = new();
            Task<int> nested = group.RunGroupAsync(
                inner =>
                {
                    inner.Run(_ =>
                    {
                        running.Open();
                        return end.WaitAsync(CancellationToken.None);
                    });
                    return body.Task;
                },
                new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
            await running.WaitAsync();
            group.Stop();
            body.SetCanceled(group.StoppingToken);
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            end.Open();
            await Expect.Canceled(nested, group.StoppingToken);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });
}
