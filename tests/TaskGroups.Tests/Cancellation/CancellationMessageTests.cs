using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R49: a refusal or a cancellation that comes out of a group says who canceled it.
public sealed class CancellationMessageTests
{
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenASiblingHasFailed_RefusesWithItsNameAndFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        OperationCanceledException? refused = null;
        Task run = scene.RunAsync(
            async group =>
            {
                await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(failure), "stock"));
                refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.Run(_ => Task.CompletedTask, "price"));
            },
            new TaskGroupOptions { TrackChildren = true },
            caller: "order");
        await Expect.Throws(run, failure);
        Assert.Equal("The task group 'order' was canceled: the child 'stock' failed.", refused!.Message);
        Assert.Same(failure, refused.InnerException);
    });

    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenTheOuterGroupWasCanceled_RefusesWithItsReason(Play play) => play.In(async scene =>
        await scene.RunAsync(
            async group =>
            {
                Task nested = group.RunGroupAsync(
                    async inner =>
                    {
                        group.Cancel();
                        var refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => inner.Run(_ => Task.CompletedTask));
                        Assert.Equal(
                            "The task group 'inner' was canceled: Cancel of the group around it, 'outer' was called.", refused.Message);
                    },
                    caller: "inner");
                var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => nested);
                Assert.Equal(group.CancellationToken, canceled.CancellationToken);
            },
            caller: "outer"));

    // R18: the token is the caller's
    [Fact]
    public async Task RunAsync_WhenTheCallerCancels_SaysSo()
    {
        using CancellationTokenSource caller = new();
        Task run = TaskGroup.RunAsync(
            group =>
            {
                caller.Cancel();
                return group.Run(Work.Forever);
            },
            caller.Token,
            "order");
        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WithWatchdog());
        Assert.Equal("The task group 'order' was canceled: the token of the caller fired.", canceled.Message);
        Assert.Equal(caller.Token, canceled.CancellationToken);
    }
}
