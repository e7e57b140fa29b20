using TaskGroups.Testing;

namespace TaskGroups.Tests;

// StartAsync: a child that fails or is canceled, before it is ready and afterwards.
public sealed class StartFailureTests
{
    // R8, R10: an end before Started is the starter's business
    [Theory, Plays]
    public Task StartAsync_WhenTheChildEndsBeforeItStarted_ThrowsAndLeavesTheGroup(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        await scene.RunAsync(async group =>
        {
            Assert.Contains("Started", (await Assert.ThrowsAsync<InvalidOperationException>(
                () => group.StartAsync<int>((_, _) => Task.CompletedTask))).Message, StringComparison.Ordinal);
            Assert.Same(e, await Record.ExceptionAsync(() => group.StartAsync<int>((_, _) => throw e)));
            Assert.Equal(CancellationReason.None, group.CancellationReason);
        });
    });

    // R7, R12
    [Theory, Plays]
    public Task StartAsync_WhenTheNestedGroupThatWaitsForItFails_IsCanceledAndWaitedFor(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate starting = new();
        Task? nested = null;
        Task run = scene.RunAsync(async outer =>
        {
            nested = outer.RunGroupAsync(async inner =>
            {
                inner.Run(_ => Work.FailAfter(starting, e));
                await outer.StartAsync<int>(
                    async (_, ct) =>
                    {
                        try
                        {
                            starting.Open();
                            await Work.Forever(ct);
                        }
                        finally
                        {
                            await Task.Yield();
                            scene.Trail.Add("starting child ends");
                        }
                    },
                    inner.CancellationToken);
            });
            await Task.WhenAny(nested);
            Assert.Equal(["starting child ends"], scene.Trail.Steps);
            Assert.Equal(CancellationReason.None, outer.CancellationReason);
            await nested;
        });
        await Expect.Throws(run, e);
        await Expect.Throws(nested!, e);
    });

    // R9: once it has started it is a child like any other
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsAfterItHasStarted_FailsTheGroup(Play play) => play.In(async scene =>
    {
        InvalidDataException e = new();
        Gate ready = new();
        await Expect.Throws(scene.RunAsync(StartAsync), e);

        async Task StartAsync(ITaskGroup group)
        {
            Assert.Equal(1, await group.StartAsync<int>(async (signal, _) =>
            {
                signal.Started(1);
                await ready.WaitAsync(CancellationToken.None);
                throw e;
            }));
            ready.Open();
        }
    });

    // R11: whichever side gave up, and whatever kind of exception it is, a failure is a failure
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsBeforeItHasStarted_ThrowsThatFailure(
        Play play) => play.In(scene => scene.RunAsync(async group =>
    {
        OperationCanceledException foreign = new(new CancellationToken(canceled: true));
        await Expect.Throws(group.StartAsync<int>((_, _) => throw foreign), foreign);

        using CancellationTokenSource giveUp = new();
        InvalidDataException e = new();
        Gate running = new();
        Task<int> start = group.StartAsync<int>((_, ct) => Work.FailInCleanUp(running.Open, e, ct), giveUp.Token);
        await running.WaitAsync();
        await giveUp.CancelAsync();
        await Expect.Throws(start, e);
        Assert.Equal(CancellationReason.None, group.CancellationReason);
    }));

    // R11: once it has started it is a child like any other, also to a foreign cancellation
    [Theory, Plays]
    public Task StartAsync_WhenTheChildIsCanceledByOthersAfterItHasStarted_FailsTheGroup(Play play) => play.In(async scene =>
    {
        OperationCanceledException foreign = new(new CancellationToken(canceled: true));
        Task run = scene.RunAsync(group => group.StartAsync<int>(
            (signal, _) =>
            {
                signal.Started(1);
                throw foreign;
            }));
        await Expect.Throws(run, foreign);
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

    // R10, R14: before the child was ready they are the starter's, afterwards the group's
    [Theory, Plays]
    public Task StartAsync_WhenTheChildFailsInSeveralWays_HoldsEach(Play play) => play.In(async scene =>
    {
        InvalidDataException first = new(), second = new();
        await scene.RunAsync(
            async group => await Expect.Throws(group.StartAsync<int>((_, _) => Work.FailTwice(first, second)), first, second),
            new TaskGroupOptions { Observer = scene.Observer });
        Assert.Equal([second], scene.Observer.Unseen());
        await Expect.Throws(
            scene.RunAsync(group => group.StartAsync<int>((signal, _) =>
            {
                signal.Started(1);
                return Work.FailTwice(first, second);
            })),
            first,
            second);
    });

    // R14: a start that fails fails the await; observers get a failed child, and no unobserved failure
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
        Assert.Empty(scene.Observer.Unseen());

        static Task SayReady(IStartSignal<int> signal, CancellationToken ct)
        {
            signal.Started(1);
            return Task.CompletedTask;
        }
    });

    // A child's signal is the child's, whatever other code has it
    [Theory, Plays]
    public Task Run_WhenItsStateIsASignal_CountsTheChildsOwnFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException early = new(), e = new();
        IStartSignal<int> kept = null!;
        Task run = scene.RunAsync(
            async group =>
            {
                await Expect.Throws(
                    group.StartAsync<int>((signal, _) =>
                    {
                        kept = signal;
                        return Task.FromException(early);
                    }),
                    early);
                group.Run(Task (_, _) => throw e, kept, "other");
            },
            new TaskGroupOptions { Observer = scene.Observer });
        await Expect.Throws(run, e);
        Assert.Equal(e, Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>(), each => each.Name == "other").Exception);
    });
}
