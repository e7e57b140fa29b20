using TaskGroups.Testing;

namespace TaskGroups.Tests;

// RaceAsync: what observers hear of contenders that fail, and what they are called.
public sealed class RaceReportTests
{
    private readonly InvalidDataException _first = new("1"), _second = new("2");

    // R14: the first failure is thrown, so it is not unseen
    [Theory, Plays]
    public Task RaceAsync_WhenAllFail_ReportsAllButTheThrownOneAsUnseen(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group => await Assert.ThrowsAsync<InvalidDataException>(() => group.RaceAsync(
                async _ =>
                {
                    await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Exception == _first);
                    return await LoseAsync(_second);
                },
                _ => LoseAsync(_first),
                name1: "the slow way",
                name2: "the short way")),
            new TaskGroupOptions { Observer = scene.Observer });

        ObserverEvent.FailureReported[] reported = [.. scene.Observer.Of<ObserverEvent.FailureReported>()];
        Assert.Equal(
            [
                ("the short way", _first, FailureKind.Child),
                ("the slow way", _second, FailureKind.Child),
                (null, _first, FailureKind.Nested),
            ],
            reported.Select(each => (each.Child, each.Exception, each.Kind)).OrderBy(each => each.Kind).ThenBy(each => each.Child));
        Assert.Equal(
            [("the slow way", _second)],
            scene.Observer.Of<ObserverEvent.ExceptionUnseen>().Select(each => (each.Child, each.Exception)));
        Assert.Equal(FailureKind.Nested, reported[^1].Kind);
    });

    // R14: until the race is decided nobody knows whether an await throws the failure
    [Theory, Plays]
    public Task RaceAsync_WhenOneWins_ReportsTheFailuresThen(Play play) => play.In(async scene =>
    {
        Gate released = new();
        await scene.RunAsync(
            async group =>
            {
                Task<int> race = group.RaceAsync(
                    ct => LoseAsync(_first),
                    async ct =>
                    {
                        await released.WaitAsync(ct);
                        return 7;
                    });
                await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Exception == _first);
                Assert.Empty(scene.Observer.Of<ObserverEvent.FailureReported>());
                released.Open();
                Assert.Equal(7, await race);
            },
            new TaskGroupOptions { Observer = scene.Observer });

        Assert.Equal([_first], scene.Observer.Unseen());
        Assert.Equal("LoseAsync(_first)", Assert.Single(scene.Observer.Of<ObserverEvent.FailureReported>()).Child);
    });

    // R14, R18: the race throws a cancellation
    [Theory, Plays]
    public Task RaceAsync_WhenItIsCanceled_ReportsTheFailuresAsUnseen(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                Gate running = new();
                Task<int> race = group.RaceAsync(
                    ct => LoseAsync(_first),
                    async ct =>
                    {
                        running.Open();
                        await Work.Forever(ct);
                        return 7;
                    });
                await running.WaitAsync();
                await scene.Observer.WaitForAsync<ObserverEvent.ChildCompleted>(each => each.Exception == _first);
                group.Cancel();
                await Expect.Canceled(race, group.CancellationToken);
            },
            new TaskGroupOptions { Observer = scene.Observer });

        Assert.Equal([_first], scene.Observer.Unseen());
    });

    // R10, R14: a contender's task may hold several failures
    [Fact]
    public async Task RaceAsync_OfASequenceThatAllFail_ReportsAllButTheThrownOneAsUnseen()
    {
        InvalidDataException third = new("3");
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group => await Expect.Throws(
                group.RaceAsync([_ => Work.FailTwice(_first, _second), _ => throw third]), _first, _second, third),
            new TaskGroupOptions { Observer = observer });

        Assert.Equal([_second, third], observer.Unseen());
        Assert.Equal(["work[0]", "work[0]", "work[1]", null], observer.Of<ObserverEvent.FailureReported>().Select(each => each.Child));
    }

    // A child without a name of its own is named by its text, wherever it is written
    [Fact]
    public async Task RaceAsync_OfContendersOneByOne_NamesThemByTheirText()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                await Assert.ThrowsAsync<InvalidDataException>(() => group.RaceAsync(ct => LoseAsync(_first), Lose));
                await Assert.ThrowsAsync<InvalidDataException>(() => group.RaceAsync(Lose, Lose, async ct => await Lose(ct), name2: "b"));
                await Assert.ThrowsAsync<InvalidDataException>(() => group.RaceAsync(Lose, Lose, Lose, Lose));
            },
            new TaskGroupOptions { Observer = observer });

        Assert.Equal(
            ["LoseAsync(_first)", "Lose", "Lose", "b", "await Lose(ct)", "work[0]", "work[1]", "work[2]", "work[3]"],
            observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name));

        Task<int> Lose(CancellationToken ct) => LoseAsync(_second);
    }

    private static Task<int> LoseAsync(Exception failure) => Task.FromException<int>(failure);
}
