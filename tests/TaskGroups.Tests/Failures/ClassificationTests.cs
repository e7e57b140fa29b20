using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R11: when an OperationCanceledException is a cancellation, and when it is a failure.
public sealed class ClassificationTests
{
    // R11
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

    // R11
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

    // R11, R18
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

    // R11, R15
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

    // R11: a faulted task that holds nothing but a cancellation ended canceled
    [Theory, Plays]
    public Task RunAsync_WhenAChildsTaskFaultsWithACancellation_CountsItAsACancellation(
        Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        Task child = group.Run(async ct =>
        {
            await Work.UntilCanceled(ct);
        });
        Task faulted = group.Run(ct => Faulted(child, ct));
        group.Cancel();
        await Record.ExceptionAsync(() => faulted);

        static Task Faulted(Task after, CancellationToken ct)
        {
            TaskCompletionSource source = new();
            after.ContinueWith(_ => source.SetException(new OperationCanceledException(ct)), TaskScheduler.Default);
            return source.Task;
        }
    }));

    private sealed class OwnCancellation : OperationCanceledException;
}
