using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R9: fail fast. R10: what await throws and what the task lists. R12: no failure twice.
public partial class TaskGroupTests
{
    // PY-04, R9, R10
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

    // PY-05, R9, R10, R11
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

    // PY-10, AN-04, R4, R9
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyThrowsBeforeItsFirstAwait_CancelsTheChildrenItStarted(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task? a = null, b = null;
        Task run = scene.RunAsync(Task (group) =>
        {
            a = group.Run(Work.Forever);
            b = group.Run(Work.Forever);
            throw failure;
        });

        await Expect.Throws(run, failure);
        await Expect.ChildCanceled(a!);
        await Expect.ChildCanceled(b!);
    });

    // AN-04, R9
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyFailsLater_CancelsAndWaitsForTheChildren(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate started = new(2), release = new();
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(async group =>
        {
            captured = group;
            group.Run(ct =>
            {
                started.Open();
                return Work.Forever(ct);
            });
            group.Run(async _ =>
            {
                started.Open();
                await release.WaitAsync(CancellationToken.None);
            });
            await started.WaitAsync();
            throw failure;
        });

        await started.WaitAsync();
        await Record.ExceptionAsync(() => Work.Forever(captured!.CancellationToken));
        Assert.False(run.IsCompleted);
        release.Open();
        await Expect.Throws(run, failure);
        Assert.Equal(CancellationReason.ChildFailed, captured!.CancellationReason);
    });

    // PY-19, PY-20, PY-20a, R10
    [Theory, Plays]
    public Task RunAsync_WhenTheCleanUpOfTheBodyThrowsToo_ListsBoth(Play play) => play.In(async scene =>
    {
        foreach (Exception second in new Exception[] {
            new InvalidDataException("x"),
            new InsufficientMemoryException(),
            new OwnException() })
        {
            InvalidDataException failure = new("e");
            Task run = scene.RunAsync(async group =>
            {
                group.Run(_ => Task.FromException(failure));
                await Work.FailInCleanUp(() => { }, second, group.CancellationToken);
            });
            await Expect.Throws(run, failure, second);
        }
    });

    // PY-29, R10
    [Theory, Plays]
    public Task RunAsync_WhenAResourceOfTheBodyFailsToDispose_ListsBoth(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new("e"), disposal = new("x");
        Task run = scene.RunAsync(async group =>
        {
            await using FailingDisposable resource = new(disposal);
            group.Run(_ => Task.FromException(failure));
            await Work.Forever(group.CancellationToken);
        });
        await Expect.Throws(run, failure, disposal);
    });

    // TR-01, R10
    [Theory, Plays]
    public Task RunAsync_WhenOnlyTheBodyFails_ThrowsItsExceptionWithItsStack(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await Expect.Throws(scene.RunAsync(Task (_) => throw failure), failure);

        Task run = scene.RunAsync(async _ =>
        {
            await Task.Yield();
            ThrowFromHere();
        });
        Exception? thrown = await Record.ExceptionAsync(() => run);
        Assert.Contains(nameof(ThrowFromHere), thrown!.StackTrace, StringComparison.Ordinal);

        static void ThrowFromHere() => throw new InvalidDataException();
    });

    // TR-02, NET-16, R10, R12
    [Theory, Plays]
    public Task RunAsync_WhenBodyAndChildFail_ListsBoth(Play play) => play.In(async scene =>
    {
        InvalidDataException a = new("child"), b = new("body");
        Gate fail = new(2);

        async Task FailWithTheOther(Exception failure)
        {
            fail.Open();
            await fail.WaitAsync();
            throw failure;
        }

        Task run = scene.RunAsync(async group =>
        {
            group.Run(_ => FailWithTheOther(a));
            await FailWithTheOther(b);
        });
        await Expect.ThrowsInAnyOrder(run, a, b);
    });

    // TR-04, R9, R12
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

    // R12
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyAwaitsTheFailedChild_CountsTheFailureOnce(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(async group =>
        {
            Task child = group.Run(async _ =>
            {
                await Task.Yield();
                throw failure;
            });
            group.Run(async _ => await child);
            await child;
        });
        await Expect.Throws(run, failure);
    });

    // R10, R12: the idiom of wrapping
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyWrapsTheFailureOfAChild_StillThrowsTheChilds(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        InvalidOperationException? wrapper = null;
        Task run = scene.RunAsync(async group =>
        {
            try
            {
                await group.Run(_ => Task.FromException(failure));
            }
            catch (InvalidDataException caught)
            {
                throw wrapper = new InvalidOperationException("wrapped", caught);
            }
        });
        Assert.Same(failure, await Record.ExceptionAsync(() => run));
        await Expect.Throws(run, failure, wrapper!);
    });

    // R9: catching a child's failure in the body does not un-fail the group
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyCatchesTheFailureOfAChild_StillThrowsIt(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task<int> run = scene.RunAsync(async group =>
        {
            await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(failure)));
            return 1;
        });
        await Expect.Throws(run, failure);
    });

    // TR-31, R10
    [Theory, Plays]
    public Task RunAsync_WhenOneOrSeveralFail_ThrowsTheSameShape(Play play) => play.In(async scene =>
    {
        for (int count = 1; count <= 3; count++)
        {
            InvalidDataException[] failures = [.. Enumerable.Range(0, count).Select(i => new InvalidDataException($"{i}"))];
            Gate fail = new(count);
            Task run = scene.RunAsync(
                group =>
                {
                    foreach (InvalidDataException failure in failures)
                    {
                        group.Run(async _ =>
                        {
                            fail.Open();
                            await fail.WaitAsync(CancellationToken.None);
                            throw failure;
                        });
                    }

                    return Task.CompletedTask;
                },
                new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });
            await Assert.ThrowsAsync<InvalidDataException>(() => run);
            await Expect.ThrowsInAnyOrder(run, failures);
        }
    });

    // KT-02, R9, R10
    [Theory, Plays]
    public Task RunAsync_WhenACallerCatchesTheTypeOfTheFailure_Works(Play play) => play.In(async scene =>
    {
        using CancellationTokenSource caller = new();
        Task? sibling = null;
        string caught = "";
        try
        {
            await scene.RunAsync(
                group =>
                {
                    sibling = group.Run(Work.Forever);
                    group.Run(_ => Task.FromException(new FileNotFoundException("f")));
                    return Task.CompletedTask;
                },
                caller.Token);
        }
        catch (FileNotFoundException exception) when (exception.Message == "f")
        {
            caught = exception.Message;
        }

        Assert.Equal("f", caught);
        Assert.False(caller.IsCancellationRequested);
        await Expect.ChildCanceled(sibling!);
    });

    // KT-04, R9, R12
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

    // SW-01, R9
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

    // CL-02, R9
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

    // C22, R9, R10
    [Theory, Plays]
    public Task RunAsync_WhenAChildRunsOutOfMemory_ThrowsThatUnwrapped(Play play) => play.In(async scene =>
    {
        Exception? failure = null;
        Task? sibling = null;
        Task run = scene.RunAsync(group =>
        {
            sibling = group.Run(Work.Forever);
            group.Run(async _ =>
            {
                await Task.Yield();
                try
                {
                    GC.KeepAlive(new long[int.MaxValue]); // longer than any array may be: a real one, without the memory
                }
                catch (OutOfMemoryException exception)
                {
                    failure = exception;
                    throw;
                }
            });
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<OutOfMemoryException>(() => run);
        await Expect.Throws(run, failure!);
        await Expect.ChildCanceled(sibling!);
    });

    private sealed class OwnException : Exception;

    private sealed class FailingDisposable(Exception failure) : IAsyncDisposable, IDisposable
    {
        public void Dispose() => throw failure;

        public ValueTask DisposeAsync() => ValueTask.FromException(failure);
    }
}
