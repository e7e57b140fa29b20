using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R2: children may start children, from any thread, until the group is completed.
public sealed class LateChildTests
{
    // R1, R2
    [Theory, Plays]
    public Task RunAsync_WhenTheBodyStartsAChildLater_WaitsForBoth(Play play) => play.In(async scene =>
    {
        Gate release = new();
        Task<int>? a = null, b = null;
        Task run = scene.RunAsync(async group =>
        {
            a = group.Run(async ct =>
            {
                await release.WaitAsync(ct);
                return 1;
            });
            await Task.Yield();
            b = group.Run(async ct =>
            {
                await release.WaitAsync(ct);
                return 2;
            });
            scene.Trail.Add("body ends");
        });

        await scene.Trail.WaitForAsync("body ends");
        Assert.False(run.IsCompleted);
        release.Open();
        await run;
        Assert.Equal((1, 2), (await a!, await b!));
    });

    // R1, R2
    [Theory, Plays]
    public Task RunAsync_WhenChildrenStartGrandchildren_ReturnsTheValueAfterAllOfThem(Play play) => play.In(async scene =>
    {
        int ended = 0;
        int value = await scene.RunAsync(group =>
        {
            for (int i = 0; i < 3; i++)
            {
                group.Run(async ct =>
                {
                    await Task.Yield();
                    group.Run(async _ =>
                    {
                        await Task.Yield();
                        Interlocked.Increment(ref ended);
                    });
                    Interlocked.Increment(ref ended);
                });
            }

            return Task.FromResult(42);
        });
        Assert.Equal((42, 6), (value, ended));
    });

    // R2
    [Theory, Plays]
    public Task Run_WhenCalledFromForeignThreads_StartsChildrenThatAreWaitedFor(Play play) => play.In(async scene =>
    {
        const int Threads = 4;
        Gate allCalled = new(Threads + 1);
        int ended = 0;

        await scene.RunAsync(async group =>
        {
            void Start()
            {
                group.Run(async _ =>
                {
                    await Task.Yield();
                    Interlocked.Increment(ref ended);
                });
                allCalled.Open();
            }

            for (int i = 0; i < Threads; i++)
            {
                new Thread(Start).Start();
            }

            await using Timer timer = new(_ => Start(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            await allCalled.WaitAsync();
        });

        Assert.Equal(Threads + 1, ended);
    });

    // R2, R3
    [Theory, Plays]
    public Task Run_WhenTheBodyHasEndedButAChildRuns_StartsAnotherChild(Play play) => play.In(async scene =>
    {
        Gate release = new();
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(group =>
        {
            captured = group;
            group.Run(async ct =>
            {
                await release.WaitAsync(ct);
                group.Run(async _ =>
                {
                    await Task.Yield();
                    scene.Trail.Add("the other ends");
                });
            });
            return Task.CompletedTask;
        });

        release.Open();
        await run;
        Assert.Equal(["the other ends"], scene.Trail.Steps);
        Expect.Refused(captured!);
    });

    // R2: also from outside, as long as something runs
    [Theory, Plays]
    public Task Run_WhenCalledFromOutsideWhileAChildRuns_IsWaitedFor(Play play) => play.In(async scene =>
    {
        Gate first = new(), second = new();
        ITaskGroup? captured = null;
        Task run = scene.RunAsync(group =>
        {
            captured = group;
            group.Run(first.WaitAsync);
            return Task.CompletedTask;
        });

        Task other = captured!.Run(second.WaitAsync);
        first.Open();
        Assert.False(run.IsCompleted);
        second.Open();
        await run;
        Assert.True(other.IsCompletedSuccessfully);
    });
}
