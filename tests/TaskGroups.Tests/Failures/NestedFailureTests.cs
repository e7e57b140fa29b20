using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R7, R10, R14: the failure of a nested group goes to the code that awaits it and to the observers, once.
public sealed class NestedFailureTests
{
    // R7, R9
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

    // R7, R10
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

    // R7: nor does one that no code awaits; it is reported to the observers
    [Theory, Plays]
    public Task RunGroupAsync_WhenNoCodeAwaitsItsFailure_TellsTheObservers(Play play) => play.In(async scene =>
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

    // R7, R11
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

    // R7, R10, R11
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

    // R9, R12
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

    // R7, R14: a nested group need not be awaited
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsBodyFailsAndCancelsNothing_ReportsTheFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException late = new(), collected = new();
        await scene.RunAsync(
            async group =>
            {
                Gate running = new();
                _ = group.RunGroupAsync(_ => throw collected, new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
                Task nested = group.RunGroupAsync(inner => Work.FailInCleanUp(running.Open, late, inner.CancellationToken));
                await running.WaitAsync();
                group.Cancel();
                await Task.WhenAny(nested);
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([collected, late], scene.Observer.UnseenOneByOne());
    });

    // R14: the failure of its child was reported already, and so is that of a body that cancels
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsFailureWasReported_DoesNotReportItAgain(Play play) => play.In(async scene =>
    {
        InvalidDataException ofChild = new(), ofBody = new();
        await scene.RunAsync(
            async group =>
            {
                await Task.WhenAny(group.RunGroupAsync(
                    async inner => await inner.Run(Task (_) => throw ofChild), new TaskGroupOptions
                    {
                        FailurePolicy = FailurePolicy.CollectAll
                    }));
                await Task.WhenAny(group.RunGroupAsync(_ => throw ofBody));
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Empty(scene.Observer.UnseenOneByOne());
        Assert.Equal([ofChild, null], scene.Observer.Of<ObserverEvent.ChildCompleted>().Select(each => each.Exception).Append(null));
        Assert.Equal(ofBody, Assert.Single(scene.Observer.Of<ObserverEvent.GroupCanceled>()).Cause);
    });

    // R12, R14: a body that throws what its child has thrown tells nothing new
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheBodyAwaitsTheChildThatFails_LeavesNothingUnseen(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(
            group => group.RunGroupAsync(nested => nested.Run(_ => Task.FromException(failure))),
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, failure);
        Assert.Empty(scene.Observer.Unseen());
    });
}
