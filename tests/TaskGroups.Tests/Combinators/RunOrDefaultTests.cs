using TaskGroups.Testing;

namespace TaskGroups.Tests;

// RunOrDefault: a failure is reported, cancels nothing, and yields the fallback.
public sealed class RunOrDefaultTests
{
    // R14: an optional child's failure is reported, cancels no other child, yields the fallback
    [Theory, Plays]
    public Task RunOrDefault_WhenTheWorkFails_YieldsTheFallbackAndReports(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        (int value, string? none) = await scene.RunAsync(
            async group =>
            {
                int value = await group.RunOrDefault(Task<int> (_) => throw e, fallback: 7, "optional");
                string? none = await group.RunOrDefault(Task<string> (_) => throw new InvalidDataException());
                Assert.Equal(CancellationReason.None, group.CancellationReason);
                Assert.Equal(3, await group.RunOrDefault(_ => Task.FromResult(3), fallback: 4));
                return (value, none);
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal((7, null), (value, none));
        Assert.Contains(e, scene.Observer.Unseen());
    });

    // R11, R18: the group's end is not the work's failure
    [Theory, Plays]
    public Task RunOrDefault_WhenTheGroupTimesOut_IsCanceled(Play play) => play.In(async scene =>
    {
        Gate started = new();
        Task<int> optional = Task.FromResult(0);
        Task run = scene.RunAsync(
            async group =>
            {
                optional = group.RunOrDefault(
                    async ct =>
                    {
                        started.Open();
                        await Work.Forever(ct);
                        return 1;
                    },
                    fallback: 2);
                await optional;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.TimedOut(run);
        await Expect.ChildCanceled(optional);
    });

    // R11, R18: a fallback is for failures of the work, and this one is the group's end
    [Theory, Plays]
    public Task RunOrDefault_WhenTheWorkFailsAfterTheGroupTimedOut_YieldsNoFallback(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate started = new();
        Task<int> optional = Task.FromResult(0);
        Task run = scene.RunAsync(
            group =>
            {
                optional = group.RunOrDefault(
                    async ct =>
                    {
                        await Work.FailInCleanUp(started.Open, e, ct);
                        return 1;
                    },
                    fallback: 2);
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock, Observer = scene.Observer });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.TimedOut(run);
        await Expect.ChildCanceled(optional);
        Assert.Equal([e], scene.Observer.Unseen());
    });

    // R14: all of them
    [Theory, Plays]
    public Task RunOrDefault_WhenTheWorkFailsInSeveralWays_ReportsEach(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new(), second = new();
        await scene.RunAsync(
            async group => Assert.Equal(7, await group.RunOrDefault(_ => Work.FailTwice(first, second), fallback: 7)),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([first, second], scene.Observer.Unseen());
    });
}
