using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R9, R13: what each failure policy does to siblings and outcome.
public sealed class FailurePolicyTests
{
    // R9, R13
    [Theory, Plays]
    public Task FailurePolicy_WhenAChildFails_DecidesWhetherSiblingsAreCanceled(Play play) => play.In(async scene =>
    {
        foreach (FailurePolicy policy in Enum.GetValues<FailurePolicy>())
        {
            InvalidDataException failure = new();
            Gate siblingStarted = new(), release = new();
            Task? failed = null;
            Task<bool>? sibling = null;
            ITaskGroup? captured = null;
            Task run = scene.RunAsync(
                group =>
                {
                    captured = group;
                    sibling = group.Run(async ct =>
                    {
                        siblingStarted.Open();
                        await release.WaitAsync(CancellationToken.None);
                        return ct.IsCancellationRequested;
                    });
                    failed = group.Run(_ => Work.FailAfter(siblingStarted, failure));
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { FailurePolicy = policy });

            await Record.ExceptionAsync(() => failed!);
            if (policy == FailurePolicy.FailFast)
            {
                await Record.ExceptionAsync(() => Work.Forever(captured!.CancellationToken));
            }

            release.Open();
            if (policy == FailurePolicy.Supervise)
            {
                await run;
            }
            else
            {
                await Expect.Throws(run, failure);
            }

            Assert.Equal(policy == FailurePolicy.FailFast, await sibling!);
            Assert.Equal(
                policy == FailurePolicy.FailFast ? CancellationReason.ChildFailed : CancellationReason.None,
                captured!.CancellationReason);
        }
    });

    // R13
    [Theory, Plays]
    public Task CollectAll_WhateverTheOutcomes_ThrowsAllFailures(Play play) => play.In(async scene =>
    {
        InvalidDataException e1 = new("e1"), e2 = new("e2");
        Task Run(params Exception?[] outcomes) => scene.RunAsync(
            async group =>
            {
                foreach (Exception? outcome in outcomes)
                {
                    await Record.ExceptionAsync(() => group.Run(_ => outcome is null ? Task.CompletedTask : Task.FromException(outcome)));
                }
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });

        await Run();
        await Run([null]);
        await Expect.Throws(Run(e1), e1);
        await Expect.Throws(Run(e1, null, e2), e1, e2);
    });

    // R13: the body counts as one of them
    [Theory, Plays]
    public Task CollectAll_WhenTheBodyFails_LetsTheChildrenFinish(Play play) => play.In(async scene =>
    {
        InvalidDataException b = new("body"), c = new("child");
        Gate release = new();
        Task? finishing = null;
        Task run = scene.RunAsync(
            async group =>
            {
                finishing = group.Run(async ct =>
                {
                    await release.WaitAsync(ct);
                    scene.Trail.Add("finished");
                });
                group.Run(async ct =>
                {
                    await finishing;
                    throw c;
                });
                await Task.Yield();
                throw b;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll, Observer = scene.Observer });

        release.Open();
        await Expect.ThrowsInAnyOrder(run, b, c);
        Assert.True(finishing!.IsCompletedSuccessfully);
        Assert.Empty(scene.Observer.Of<ObserverEvent.GroupCanceled>());
    });

    // R13, R18
    [Theory, Plays]
    public Task CollectAll_WhenAChildCancelsAfterTheSecondFailure_ThrowsBoth(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new("1"), second = new("2");
        Task? rest = null;
        Task run = scene.RunAsync(
            group =>
            {
                rest = group.Run(Work.Forever);
                group.Run(async ct =>
                {
                    await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(first)));
                    await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(second)));
                    group.Cancel();
                });
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
        await Expect.Throws(run, first, second);
        await Expect.ChildCanceled(rest!);
    });

    // R13
    [Theory, Plays]
    public Task Supervise_WhenChildrenFail_CompletesNormally(Play play) => play.In(async scene =>
    {
        InvalidDataException a = new("a"), b = new("b");
        Task? first = null, second = null;
        Task<int>? third = null;
        await scene.RunAsync(
            group =>
            {
                first = group.Run(_ => Task.FromException(a));
                second = group.Run(async _ =>
                {
                    await Task.Yield();
                    throw b;
                });
                third = group.Run(_ => Task.FromResult(3));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
        await Expect.Throws(first!, a);
        await Expect.Throws(second!, b);
        Assert.Equal(3, await third!);
    });

    // R13, R14
    [Theory, Plays]
    public Task Supervise_WhenChildrenFail_ReturnsTheValueAndReportsThem(Play play) => play.In(async scene =>
    {
        InvalidDataException a = new("a"), b = new("b");
        string value = await scene.RunAsync(
            async group =>
            {
                group.Run(_ => Task.FromException(a), "first");
                group.Run(_ => Task.FromException(b), "second");
                await Task.Yield();
                return "OK";
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise, Observer = scene.Observer });

        Assert.Equal("OK", value);
        Assert.Equal(
            [("first", a), ("second", b)],
            scene.Observer.Of<ObserverEvent.ExceptionUnseen>().Select(each => (each.Child, each.Exception)).OrderBy(each => each.Child)
                .ToArray()!);
        Assert.All(scene.Observer.Of<ObserverEvent.ChildCompleted>(), each => Assert.Equal(ChildOutcome.Failed, each.Outcome));
    });

    // R13
    [Theory, Plays]
    public Task Supervise_WhenTheBodyFails_ThrowsOnlyTheBodysFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException b = new("body"), c = new("child");
        Gate started = new();
        Task? child = null;
        Task run = scene.RunAsync(
            async group =>
            {
                child = group.Run(ct => Work.FailInCleanUp(started.Open, c, ct), "cleaner");
                await started.WaitAsync();
                throw b;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise, Observer = scene.Observer });
        await Expect.Throws(run, b);
        await Expect.Throws(child!, c);
        Assert.Contains(scene.Observer.Of<ObserverEvent.ExceptionUnseen>(), each => each.Child == "cleaner" && each.Exception == c);
    });

    // R13: a body that awaits a supervised child and lets its failure out has failed
    [Theory, Plays]
    public Task Supervise_WhenTheBodyLetsTheFailureOfAChildOut_ThrowsIt(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task? sibling = null;
        Task run = scene.RunAsync(
            async group =>
            {
                sibling = group.Run(Work.Forever);
                await group.Run(_ => Task.FromException(failure));
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
        await Expect.Throws(run, failure);
        await Expect.ChildCanceled(sibling!);
    });

    // R13, R18
    [Theory, Plays]
    public Task Supervise_WhenTheCallerCancels_CancelsAndWaitsForAll(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Gate started = new(2);
        List<Task> children = [];
        Task run = scene.RunAsync(
            group =>
            {
                for (int i = 0; i < 2; i++)
                {
                    children.Add(group.Run(ct =>
                    {
                        started.Open();
                        return Work.Forever(ct);
                    }));
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise },
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
        Assert.All(children, child => Assert.Equal(TaskStatus.Canceled, child.Status));
    });

    // R9
    [Theory, Plays]
    public Task RunAsync_WhenTheConsumerFails_ReleasesTheProducer(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        var channel = System.Threading.Channels.Channel.CreateBounded<int>(1);
        Gate full = new();
        Task? producer = null;
        Task run = scene.RunAsync(group =>
        {
            producer = group.Run(async ct =>
            {
                await channel.Writer.WriteAsync(1, ct);
                ValueTask blocked = channel.Writer.WriteAsync(2, ct);
                full.Open();
                await blocked;
            });
            group.Run(_ => Work.FailAfter(full, failure));
            return Task.CompletedTask;
        });
        await Expect.Throws(run, failure);
        await Expect.ChildCanceled(producer!);
    });

    // R10, R12: a task that is canceled makes a new exception for each await
    [Theory, Plays]
    public Task CollectAll_WhenTheBodyAwaitsAChildThatOthersCanceled_CountsItOnce(Play play) => play.In(async scene =>
    {
        Task run = scene.RunAsync(
            async group => await group.Run(_ => Task.FromCanceled(new CancellationToken(canceled: true))),
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Single(run.Exception!.InnerExceptions);
    });
}
