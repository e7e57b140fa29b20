using TaskGroups.Testing;

namespace TaskGroups.Tests;

// RunOrDefault, RaceAsync, StartAsync: what becomes of failures that come late, or several at a time.
public partial class CombinatorTests
{
    // KT-11, R11, R18: a fallback is for failures of the work, and this one is the group's end
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
        Assert.Equal([e], UnseenBy(scene.Observer));
    });

    // R11, R18: nor does a child that was getting ready leave a group whole that was canceled meanwhile
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsAfterTheGroupTimedOut_CutsTheGroupShort(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate started = new();
        Task<int> start = Task.FromResult(0);
        Task run = scene.RunAsync(
            group =>
            {
                start = group.StartAsync<int>((_, ct) => Work.FailInCleanUp(started.Open, e, ct));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(1), TimeProvider = scene.Clock });
        await started.WaitAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Expect.TimedOut(run);
        await Expect.Throws(start, e);
    });

    // R14: all of them
    [Theory, Plays]
    public Task RunOrDefault_WhenTheWorkFailsInSeveralWays_ReportsEach(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new(), second = new();
        await scene.RunAsync(
            async group => Assert.Equal(7, await group.RunOrDefault(_ => FailTwice(first, second), fallback: 7)),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([first, second], UnseenBy(scene.Observer));
    });

    // R10, R14
    [Theory, Plays]
    public Task RaceAsync_WhenAContenderFailsInSeveralWays_HoldsEach(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new(), second = new();
        await scene.RunAsync(async group => await Expect.Throws(group.RaceAsync(_ => FailTwice(first, second)), first, second));
        await scene.RunAsync(
            async group =>
            {
                Gate lost = new();
                Task<int> race = group.RaceAsync(
                    async ct =>
                    {
                        await lost.WaitAsync(ct);
                        return 1;
                    },
                    _ => FailTwice(first, second));
                await scene.Observer.WaitForAsync<ObserverEvent.ExceptionUnseen>(each => each.Exception == second);
                lost.Open();
                Assert.Equal(1, await race);
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([first, second], UnseenBy(scene.Observer));
    });

    // R10, R14: before the child was ready they are the starter's, afterwards the group's
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsInSeveralWays_HoldsEach(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new(), second = new();
        await scene.RunAsync(
            async group => await Expect.Throws(group.StartAsync<int>((_, _) => FailTwice(first, second)), first, second),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([second], UnseenBy(scene.Observer));
        await Expect.Throws(
            scene.RunAsync(group => group.StartAsync<int>((signal, _) =>
            {
                signal.Started(1);
                return FailTwice(first, second);
            })),
            first,
            second);
    });

    private static Task<int> FailTwice(Exception first, Exception second)
    {
        TaskCompletionSource<int> twice = new();
        twice.SetException([first, second]);
        return twice.Task;
    }
}
