using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R9: the first failure cancels the group at once.
public sealed class FailFastTests
{
    // R9, R10
    [Theory, Plays]
    public Task RunAsync_WhenAChildFails_CancelsTheOthersAndThrowsTheFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException e1 = new();
        Gate started = new(), fail = new();
        Task? blocked = null;
        ITaskGroup? captured = null;

        async Task Caller(Task run)
        {
            await run;
            scene.Trail.Add("not reached");
        }

        Task run = scene.RunAsync(async group =>
        {
            captured = group;
            group.Run(_ => Work.FailAfter(fail, e1));
            blocked = group.Run(ct =>
            {
                started.Open();
                return Work.Forever(ct);
            });
            await started.WaitAsync();
            fail.Open();
        });

        Assert.Same(e1, await Record.ExceptionAsync(() => Caller(run)));
        await Expect.Throws(run, e1);
        await Expect.ChildCanceled(blocked!);
        Assert.True(captured!.CancellationToken.IsCancellationRequested);
        Assert.Equal(CancellationReason.ChildFailed, captured.CancellationReason);
        Assert.Empty(scene.Trail.Steps);
    });

    // R9, R10, R11
    [Theory, Plays]
    public Task RunAsync_WhenThreeChildrenFailWhileTheBodyBlocks_ListsFailuresOnly(Play play) => play.In(async scene =>
    {
        InvalidDataException[] failures = [new("1"), new("2"), new("3")];
        Gate fail = new();
        Task? blocked = null;
        Task run = scene.RunAsync(async group =>
        {
            foreach (InvalidDataException failure in failures)
            {
                group.Run(_ => Work.FailAfter(fail, failure));
            }

            blocked = group.Run(Work.Forever);
            fail.Open();
            await Work.Forever(group.CancellationToken);
        });

        Exception? thrown = await Record.ExceptionAsync(() => run);
        Assert.Same(run.Exception!.InnerExceptions[0], thrown);
        Assert.InRange(run.Exception.InnerExceptions.Count, 1, 3);
        Assert.Equal(run.Exception.InnerExceptions.Count, run.Exception.InnerExceptions.Distinct().Count());
        Assert.All(run.Exception.InnerExceptions, failure => Assert.Contains(failure, failures));
        await Expect.ChildCanceled(blocked!);
    });

    // R9, R12
    [Theory, Plays]
    public Task RunAsync_WhenAChildFailsWhileTheBodyBlocks_WakesTheBody(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(async group =>
        {
            group.Run(async _ =>
            {
                await Task.Yield();
                throw failure;
            });
            await Work.Forever(group.CancellationToken);
        });
        await Expect.Throws(run, failure);
    });

    // R9, R12
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyAwaitsChildrenInOrderAndTheSecondFails_DoesNotDeadlock(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate awaiting = new();
        Task run = scene.RunAsync(async group =>
        {
            Task first = group.Run(Work.Forever);
            Task second = group.Run(_ => Work.FailAfter(awaiting, failure));
            awaiting.Open();
            await first;
            await second;
        });
        await Expect.Throws(run, failure);
    });

    // R9
    [Theory, Plays]
    public Task RunAsync_WhenOneOfManyDroppedChildrenFails_CancelsTheRest(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate started = new(50);
        Task run = scene.RunAsync(group =>
        {
            for (int i = 0; i < 50; i++)
            {
                group.Run(ct =>
                {
                    started.Open();
                    return Work.Forever(ct);
                });
            }

            group.Run(_ => Work.FailAfter(started, failure));
            return Task.CompletedTask;
        });
        await Expect.Throws(run, failure);
    });

    // R9
    [Theory, Plays]
    public Task Run_WhenASiblingFails_ShowsEachChildItsOwnOutcome(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate started = new();
        Task? failed = null, blocked = null;
        Task run = scene.RunAsync(group =>
        {
            failed = group.Run(_ => Work.FailAfter(started, failure));
            blocked = group.Run(ct =>
            {
                started.Open();
                return Work.Forever(ct);
            });
            return Task.CompletedTask;
        });

        await Expect.Throws(run, failure);
        await Expect.Throws(failed!, failure);
        await Expect.ChildCanceled(blocked!);
    });
}
