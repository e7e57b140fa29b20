using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R10: what await throws and what the task lists.
public sealed class FailureTests
{
    // R10
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

    // R10
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

    // R10
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

    // R9, R10
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

    // R9, R10
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
