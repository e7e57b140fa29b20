using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What the observers hear of a combinator: how its children are called, how they ended, who canceled whom, and nothing twice.
public partial class CombinatorTests
{
    // 3.1: each child is called by its place in the source
    [Theory, Plays]
    public Task Combinators_OverASource_NameTheirChildrenByTheirPlace(Play play) => play.In(async scene =>
    {
        string[] items = [.. Enumerable.Range(0, 3).Select(index => $"item[{index}]")];
        foreach ((Func<ITaskGroup, Task> call, string[] names) in new (Func<ITaskGroup, Task>, string[])[]
        {
            (group => group.ForEachAsync([7, 7, 7], (_, _) => Task.CompletedTask), items),
            (group => group.MapAsync([7, 7, 7], Now), items),
            (group => ReadAllAsync(group.StreamAsync([7, 7, 7], Now)), [.. items, "source"]),
            (group => ReadAllAsync(group.StreamAsync([7, 7, 7], Now, preserveOrder: false)), [.. items, "source"]),
        })
        {
            RecordingObserver observer = new();
            await scene.RunAsync(call, new TaskGroupOptions { Observer = observer });
            Assert.Equal(names, observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name).Order(StringComparer.Ordinal));
        }
    });

    // R17: a stream that is read to its end has canceled nobody
    [Theory, Plays]
    public Task StreamAsync_WhenReadToItsEnd_IsNotCanceled(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(
            async group =>
            {
                await ReadAllAsync(group.StreamAsync([1, 2], Now));
                await ReadAllAsync(group.StreamAsync([1, 2], Now, preserveOrder: false));
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Empty(scene.Observer.Of<ObserverEvent.GroupCanceled>());
    });

    // R9, R14: without an order to keep, a failure cancels the others when it happens; the loop throws it, so it is not unseen
    [Theory, Plays]
    public Task StreamAsync_WhenAnItemFails_IsCanceledByItUnlessItHasToWaitForItsTurn(Play play) => play.In(async scene =>
    {
        foreach (bool preserveOrder in new[] { true, false })
        {
            InvalidDataException failure = new();
            RecordingObserver observer = new();
            await scene.RunAsync(
                async group => Assert.Same(failure, await Record.ExceptionAsync(
                    () => ReadAllAsync(group.StreamAsync([1], Task<int> (_, _) => throw failure, preserveOrder: preserveOrder)))),
                new TaskGroupOptions { Observer = observer });
            ObserverEvent.GroupCanceled canceled = Assert.Single(observer.Of<ObserverEvent.GroupCanceled>());
            Assert.Equal(
                preserveOrder ? (CancellationReason.Requested, null, null) : (CancellationReason.ChildFailed, "item[0]", failure),
                (canceled.Reason, canceled.Child, canceled.Cause));
            Assert.Empty(UnseenBy(observer));
        }
    });

    // R12, R14: a body that throws what its child has thrown tells nothing new
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheBodyAwaitsTheChildThatFails_LeavesNothingUnseen(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        Task run = scene.RunAsync(
            group => group.RunGroupAsync(nested => nested.Run(_ => Task.FromException(failure))),
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, failure);
        Assert.Empty(UnseenBy(scene.Observer));
    });

    // R14: a start that fails is heard by who awaits it; the observers hear of a failed child, and of nothing unseen
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsBeforeItIsReady_IsReportedAsFailed(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        await scene.RunAsync(
            async group =>
            {
                Assert.Same(failure, await Record.ExceptionAsync(() => group.StartAsync<int>((_, _) => throw failure, name: "fails")));
                Assert.Equal(1, await group.StartAsync<int>(SayReady, name: "starts"));
            },
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal(
            [("fails", ChildOutcome.Failed, failure), ("starts", ChildOutcome.Succeeded, null)],
            scene.Observer.Of<ObserverEvent.ChildCompleted>().Select(each => (each.Name, each.Outcome, each.Exception))
                .OrderBy(each => each.Name, StringComparer.Ordinal));
        Assert.Empty(UnseenBy(scene.Observer));

        static Task SayReady(IStartSignal<int> signal, CancellationToken ct)
        {
            signal.Started(1);
            return Task.CompletedTask;
        }
    });
}
