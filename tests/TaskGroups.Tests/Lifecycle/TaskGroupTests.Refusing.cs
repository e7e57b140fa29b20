using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R3: a completed group refuses. R4: a canceled one does not invoke new work.
public partial class TaskGroupTests
{
    // PY-32, IC-01, C03, JD-02, R3
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

    // PP-01, PY-50, R3, R20
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

    // PY-35, R3, R14
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

    // PY-28, R4
    [Theory, Plays]
    public Task Run_WhenTheGroupIsEnding_ReturnsACanceledTaskWithoutInvoking(Play play) => play.In(async scene =>
    {
        InvalidDataException a = new("a");
        Gate reacting = new();
        Task run = scene.RunAsync(group =>
        {
            group.Run(async ct =>
            {
                await using CancellationTokenRegistration registration = ct.UnsafeRegister(_ => reacting.Open(), null);
                await reacting.WaitAsync(CancellationToken.None);
                Expect.NotStarted(group);
                scene.Trail.Add("B ends");
            });
            group.Run(ct => Task.FromException(a));
            return Task.CompletedTask;
        });

        await Expect.Throws(run, a);
        Assert.True(scene.IsQueued || scene.Trail.CountOf("B ends") == 1);
    });

    // PY-58, R4
    [Theory, Plays]
    public Task Run_WhenTheGroupIsEnding_LeavesADisposableToItsOwner(Play play) => play.In(async scene =>
    {
        using MemoryStream owned = new();
        Task? child = null;
        await scene.RunAsync(group =>
        {
            group.Cancel();
            child = group.Run(async ct =>
            {
                await using (owned)
                {
                    await Work.Forever(ct);
                }
            });
            return Task.CompletedTask;
        });

        Assert.Equal(TaskStatus.Canceled, child!.Status);
        Assert.True(owned.CanRead);
    });

    // PY-25, R2, R4
    [Theory, Plays]
    public Task Run_WhenChildrenMultiply_AFailureEndsIt(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Gate tenRun = new(10);
        Task run = scene.RunAsync(group =>
        {
            async Task Hydra(CancellationToken ct)
            {
                tenRun.Open();
                await Task.Yield();
                group.Run(Hydra);
                group.Run(Hydra);
                if (tenRun.IsOpen)
                {
                    await Work.Forever(ct);
                }
            }

            group.Run(_ => Work.FailAfter(tenRun, failure));
            group.Run(Hydra);
            return Task.CompletedTask;
        });

        await Expect.Throws(run, failure);
    });

    // PY-43, R8, R16
    [Theory, Plays]
    public Task Run_WhenAChildFailsBeforeItsFirstAwait_DoesNotThrow(Play play) => play.In(async scene =>
    {
        InvalidDataException e3 = new("e3");
        Task? third = null;
        Task run = scene.RunAsync(group =>
        {
            group.Run(async ct =>
            {
                third = group.Run(Task (_) => throw e3);
                scene.Trail.Add("Run returned");
                await Work.Forever(ct);
            });
            return Task.CompletedTask;
        });

        await Expect.Throws(run, e3);
        Assert.Equal(["Run returned"], scene.Trail.Steps);
        Assert.Equal([e3], third!.Exception!.InnerExceptions);
    });

    // R8: registered first, started second
    [Theory, Plays]
    public Task Run_WhenAChildCancelsItsGroupBeforeItsFirstAwait_IsStillAChild(Play play) => play.In(async scene =>
    {
        Task? child = null;
        await scene.RunAsync(group =>
        {
            child = group.Run(async ct =>
            {
                group.Cancel();
                await Task.Yield();
                scene.Trail.Add("child ends");
            });
            return Task.CompletedTask;
        });
        scene.Trail.Add("joined");
        Assert.True(child!.IsCompletedSuccessfully);
        Assert.Equal(["child ends", "joined"], scene.Trail.Steps);
    });

    // R2
    [Theory, Plays]
    public Task TryRun_WhenTheGroupIsOpen_StartsTheChild(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(group =>
        {
            Assert.True(group.TryRun(async _ =>
            {
                await Task.Yield();
                scene.Trail.Add("child ends");
            }));
            return Task.CompletedTask;
        });
        Assert.Equal(["child ends"], scene.Trail.Steps);
    });
}
