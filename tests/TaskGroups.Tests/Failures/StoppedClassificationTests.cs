using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R11: after Stop an OperationCanceledException is obedience, whatever token it carries, unless a timeout is inside it.
public sealed class StoppedClassificationTests
{
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenAStoppedChildEndsWithAForeignToken_HasNotFailed(Play play) => play.In(async scene =>
        await scene.RunAsync(
            group =>
            {
                group.Stop();
                group.Run(_ => Task.FromException(new OperationCanceledException(new CancellationToken(true))));
                return Task.CompletedTask;
            }));

    [Theory, Plays(StartModesOnly = true)]
    public Task RunOrDefault_WhenAStoppedChildEndsWithAForeignToken_YieldsTheFallback(Play play) => play.In(async scene =>
        await scene.RunAsync(async group =>
        {
            group.Stop();
            var foreign = new OperationCanceledException(new CancellationToken(true));
            Assert.Equal(7, await group.RunOrDefault(_ => Task.FromException<int>(foreign), 7));
        }));

    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenATimeoutIsInsideTheCancellation_HasFailed(Play play) => play.In(async scene =>
    {
        TaskCanceledException timeout = new("The request timed out.", new TimeoutException());
        Task run = scene.RunAsync(
            group =>
            {
                group.Stop();
                group.Run(_ => Task.FromException(timeout));
                return Task.CompletedTask;
            });
        await Expect.Throws(run, timeout);
    });

    // As above, where the task that holds it is faulted: a canceled one would have to be awaited once more
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenATimeoutIsInsideACancellationAfterCancel_HasFailed(Play play) => play.In(async scene =>
    {
        TaskCanceledException timeout = new("The request timed out.", new TimeoutException());
        Task run = scene.RunAsync(
            async group =>
            {
                TaskCompletionSource child = new();
                Gate begun = new();
                group.Run(_ =>
                {
                    begun.Open();
                    return child.Task;
                });
                await begun.WaitAsync();
                group.Cancel();
                child.SetException(timeout);
            });
        await Expect.Throws(run, timeout);
    });
}
