using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R4: a canceled group that has not completed does not invoke new work.
public sealed class EndingGroupTests
{
    // R4
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

    // R4
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

    // R2, R4
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
}
