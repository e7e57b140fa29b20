using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R11: whose cancellation it was. R15: the first failure is recorded before anything is canceled. R16: what a delegate may do wrong.
public partial class TaskGroupTests
{
    // TR-28, R11
    [Theory, Plays]
    public Task RunAsync_WhenAChildThrowsATimeoutException_DoesNotInterpretIt(Play play) => play.In(async scene =>
    {
        TimeoutException failure = new();
        ITaskGroup? captured = null;
        await Expect.Throws(
            scene.RunAsync(group =>
            {
                captured = group;
                group.Run(_ => Task.FromException(failure));
                return Task.CompletedTask;
            }),
            failure);
        Assert.Equal(CancellationReason.ChildFailed, captured!.CancellationReason);
    });

    // TR-28, NET-01, C11, R11
    [Theory, Plays]
    public Task RunAsync_WhenAChildThrowsAForeignCancellation_CountsItAsAFailure(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource foreign = new();
        await foreign.CancelAsync();

        foreach (OperationCanceledException failure in new[]
        {
            new OwnCancellation(),
            new TaskCanceledException("HttpClient.Timeout", new TimeoutException()),
            new OperationCanceledException(foreign.Token),
            new OperationCanceledException(),
        })
        {
            ITaskGroup? captured = null;
            await Expect.Throws(
                scene.RunAsync(group =>
                {
                    captured = group;
                    group.Run(async _ =>
                    {
                        await Task.Yield();
                        throw failure;
                    });
                    return Task.CompletedTask;
                }),
                failure);
            Assert.Equal(CancellationReason.ChildFailed, captured!.CancellationReason);

            await Expect.Throws(scene.RunAsync(Task (_) => throw failure), failure);
            await Expect.Throws(
                scene.RunAsync<int>(async _ =>
                {
                    await Task.Yield();
                    throw failure;
                }),
                failure);
        }
    });

    // R11: a task that was canceled without an exception is attributed like one that threw
    [Theory, Plays]
    public Task RunAsync_WhenAChildReturnsACanceledTask_CountsItAsAFailure(Play play) => play.In(async scene =>
    {
        Task run = scene.RunAsync(group =>
        {
            group.Run(_ => Task.FromCanceled(new CancellationToken(canceled: true)));
            return Task.CompletedTask;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(TaskStatus.Faulted, run.Status);
        Assert.Single(run.Exception!.InnerExceptions);
    });

    // NET-02, R11, R18
    [Theory, Plays]
    public Task RunAsync_WhenAChildThrowsAForeignCancellationAfterTheCallers_CountsItAsACancellation(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new(), foreign = new();
        await foreign.CancelAsync();
        Gate started = new();
        Task run = scene.RunAsync(
            group =>
            {
                group.Run(ct => Work.FailInCleanUp(started.Open, new OperationCanceledException(foreign.Token), ct));
                return Task.CompletedTask;
            },
            caller.Token);
        await started.WaitAsync();
        await caller.CancelAsync();
        await Expect.Canceled(run, caller.Token);
    });

    // CO-05, C10, R11, R15
    [Theory, Plays]
    public Task RunAsync_WhenSiblingsEndCanceled_ListsTheFailureOnly(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate started = new(3);
        Task run = scene.RunAsync(group =>
        {
            for (int i = 0; i < 3; i++)
            {
                group.Run(ct =>
                {
                    started.Open();
                    return Work.Forever(ct);
                });
            }

            // Cancels and waits for its siblings before the group has seen its failure.
            group.Run(async ct =>
            {
                await started.WaitAsync(ct);
                group.Cancel();
                await Record.ExceptionAsync(() => Work.Forever(ct));
                throw failure;
            });
            return Task.CompletedTask;
        });
        await Expect.Throws(run, failure);
    });

    // NET-07, R16
    [Theory, Plays]
    public Task Run_WhenTheDelegateThrowsSynchronously_ReturnsAFailedTask(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task? child = null;
        Task<int>? valued = null;
        Task run = scene.RunAsync(
            group =>
            {
                child = group.Run(Task (_) => throw failure);
                valued = group.Run(Task<int> (_) => throw failure);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
        await run;
        await Expect.Throws(child!, failure);
        await Expect.Throws(valued!, failure);

        await Expect.Throws(
            scene.RunAsync(group =>
            {
                group.Run(Task (_) => throw failure);
                return Task.CompletedTask;
            }),
            failure);
    });

    // NET-07, R16
    [Theory, Plays]
    public Task Run_WhenTheDelegateReturnsNull_ReturnsAFailedTaskThatSaysSo(Play play) => play.In(async scene =>
    {
        List<Task> children = [];
        await scene.RunAsync(
            group =>
            {
                children.Add(group.Run(_ => ((Task?)null)!));
                children.Add(group.Run<int>(_ => null!));
                children.Add(group.Run((state, _) => ((Task?)null)!, 1));
                children.Add(group.Run<int, int>((state, _) => null!, 1));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.Supervise });
        foreach (Task child in children)
        {
            InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => child);
            Assert.Contains("null", failure.Message, StringComparison.Ordinal);
        }
    });

    // NET-07, R16: the body is held to the same
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyReturnsNull_ThrowsAFailureThatSaysSo(Play play) => play.In(async scene =>
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => scene.RunAsync(_ => ((Task?)null)!));
        Assert.Contains("null", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => scene.RunAsync<int>(_ => null!));
    });

    // NET-07, R16
    [Theory, Plays]
    public Task Run_WhenTheDelegateReturnsACompletedTask_Succeeds(Play play) => play.In(async scene =>
    {
        Task<int>? valued = null;
        Task? child = null;
        await scene.RunAsync(group =>
        {
            child = group.Run(_ => Task.CompletedTask);
            valued = group.Run(_ => Task.FromResult(3));
            return Task.CompletedTask;
        });
        Assert.True(child!.IsCompletedSuccessfully);
        Assert.Equal(3, await valued!);
    });

    // R16: a delegate may hand out a task that its caller completes with several exceptions
    [Theory, Plays]
    public Task RunAsync_WhenAChildsTaskHoldsSeveralExceptions_ListsEachOnce(Play play) => play.In(async scene =>
    {
        InvalidDataException a = new("a"), b = new("b");
        Task run = scene.RunAsync(group =>
        {
            group.Run(_ => Task.WhenAll(Task.FromException(a), Task.FromException(b)));
            return Task.CompletedTask;
        });
        await Expect.Throws(run, a, b);
    });

    // state overloads hand over the state
    [Theory, Plays]
    public Task Run_WhenGivenAState_HandsItToTheDelegate(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async group =>
        {
            Assert.Equal("ab", await group.Run(static (text, _) => Task.FromResult(text + "b"), "a"));
            List<int> list = [];
            await group.Run(
                static async (target, ct) =>
                {
                    await Task.Yield();
                    ct.ThrowIfCancellationRequested();
                    target.Add(1);
                },
                list);
            Assert.Equal([1], list);
        });
    });

    private sealed class OwnCancellation : OperationCanceledException;
}
