namespace TaskGroups.Tests;

// R3: a completed group refuses new work; its members stay usable.
public sealed class CompletedGroupTests
{
    // R3
    [Theory, Plays]
    public Task Run_WhenTheGroupHasCompleted_ThrowsBeforeInvoking(Play play) => play.In(async scene =>
    {
        ITaskGroup? ended = null;

        int value = await scene.RunAsync(group =>
        {
            ended = group;
            return Task.FromResult(1);
        });
        Assert.Equal(1, value);
        Expect.Refused(ended!);

        InvalidDataException failure = new();
        await Expect.Throws(
            scene.RunAsync(group =>
            {
                ended = group;
                return Task.FromException(failure);
            }),
            failure);
        Expect.Refused(ended!);

        Task timed = scene.RunAsync(
            group =>
            {
                ended = group;
                return Work.Forever(group.CancellationToken);
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.TimedOut(timed);
        Expect.Refused(ended!);
    });

    // R3, R20
    [Theory, Plays]
    public Task Members_WhenTheGroupHasCompleted_StayUsable(Play play) => play.In(async scene =>
    {
        ITaskGroup? captured = null;
        await scene.RunAsync(
            group =>
            {
                captured = group;
                group.Run(ct => Task.CompletedTask);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "past" });

        captured!.Stop();
        captured.Cancel();

        Expect.Refused(captured);
        Assert.Equal("past", captured.Name);
        Assert.Equal(CancellationReason.None, captured.CancellationReason);
        TaskGroupSnapshotEntry entry = Assert.Single(captured.GetSnapshot().Entries);
        Assert.Equal((SnapshotState.Completed, 0, 0), (entry.State, entry.RunningCount, entry.WaitingCount));

        CancellationToken token = captured.CancellationToken;
        Assert.False(token.IsCancellationRequested);
        token.ThrowIfCancellationRequested();
        using CancellationTokenRegistration registration = token.Register(() => { });
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(token, captured.StoppingToken);
        Assert.False(linked.IsCancellationRequested);
    });

    // R3: the message names the group and the child
    [Theory, Plays]
    public Task Run_WhenTheGroupHasCompleted_NamesGroupAndChild(Play play) => play.In(async scene =>
    {
        ITaskGroup? captured = null;
        await scene.RunAsync(
            group =>
            {
                captured = group;
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "orders" });

        Action late = () => captured!.Run(ct => Task.CompletedTask, "late mail");
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(late);
        Assert.Contains("orders", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("late mail", refusal.Message, StringComparison.Ordinal);
    });

    // R3, R14
    [Theory, Plays]
    public Task Run_WhenRefused_LeavesADisposableToItsOwner(Play play) => play.In(async scene =>
    {
        using MemoryStream owned = new();
        ITaskGroup? captured = null;
        await scene.RunAsync(group =>
        {
            captured = group;
            return Task.CompletedTask;
        });

        Action late = () => captured!.Run(async ct =>
        {
            await using (owned)
            {
                await Work.Forever(ct);
            }
        });
        Assert.Throws<InvalidOperationException>(late);
        Assert.True(owned.CanRead);
    });
}
