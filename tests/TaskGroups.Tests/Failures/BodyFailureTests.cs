using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R12, R16: the body's own failures, and the failures of its children that it awaits.
public sealed class BodyFailureTests
{
    // R4, R9
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

    // R9
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

    // R10
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

    // R10, R12
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

    // R16: the body is held to the same
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyReturnsNull_ThrowsAFailureThatSaysSo(Play play) => play.In(async scene =>
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => scene.RunAsync(_ => ((Task?)null)!));
        Assert.Contains("null", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => scene.RunAsync<int>(_ => null!));
    });
}
