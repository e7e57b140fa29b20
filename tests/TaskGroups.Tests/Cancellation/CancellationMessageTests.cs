using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R49: a refusal or a cancellation that comes out of a group says who canceled it.
public sealed class CancellationMessageTests
{
    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenASiblingHasFailed_RefusesWithItsNameAndFailure(Play play) => play.In(async scene =>
    {
        InvalidDataException failure = new();
        OperationCanceledException? refused = null;
        Task run = scene.RunAsync(
            async group =>
            {
                await Record.ExceptionAsync(() => group.Run(_ => Task.FromException(failure), "stock"));
                refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.Run(_ => Task.CompletedTask, "price"));
            },
            new TaskGroupOptions { TrackChildren = true },
            caller: "order");
        await Expect.Throws(run, failure);
        Assert.Equal("The task group 'order' was canceled: the child 'stock' failed.", refused!.Message);
        Assert.Same(failure, refused.InnerException);
    });

    [Theory, Plays(StartModesOnly = true)]
    public Task Run_WhenTheOuterGroupWasCanceled_RefusesWithItsReason(Play play) => play.In(async scene =>
        await scene.RunAsync(
            async group =>
            {
                Task nested = group.RunGroupAsync(
                    async inner =>
                    {
                        group.Cancel();
                        var refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => inner.Run(_ => Task.CompletedTask));
                        Assert.Equal(
                            "The task group 'inner' was canceled: Cancel of the group around it, 'outer' was called.", refused.Message);
                    },
                    caller: "inner");
                var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => nested);
                Assert.Equal(group.CancellationToken, canceled.CancellationToken);
            },
            caller: "outer"));

    // R18: the token is the caller's
    [Fact]
    public async Task RunAsync_WhenTheCallerCancels_SaysSo()
    {
        using CancellationTokenSource caller = new();
        Task run = TaskGroup.RunAsync(
            group =>
            {
                caller.Cancel();
                return group.Run(Work.Forever);
            },
            caller.Token,
            "order");
        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WithWatchdog());
        Assert.Equal("The task group 'order' was canceled: the token of the caller fired.", canceled.Message);
        Assert.Equal(caller.Token, canceled.CancellationToken);
    }

    // R18: nothing was opened, and the exception is as one that comes out of a group
    [Fact]
    public async Task RunAsync_WhenTheTokenHasFiredBefore_SaysSo()
    {
        CancellationToken fired = new(canceled: true);
        Task[] runs =
        [
            TaskGroup.RunAsync(Never, fired, "order"),
            TaskGroup.RunAsync(group => Never(group), new TaskGroupOptions { Name = "order" }, fired),
            TaskGroup.RunAsync<int>(async group =>
            {
                await Never(group);
                return 1;
            }, fired, "order"),
        ];

        foreach (Task run in runs)
        {
            await ExpectAsync(
                run, "The task group 'order' was canceled: the token of the caller had fired before the group opened.", fired);
        }

        static Task Never(ITaskGroup group) => throw new InvalidDataException($"The body of {group.Name} was invoked.");
    }

    // R11: whose token it was, the starter's, is said; it had fired before, fires in the queue, fires while the child gets ready
    [Fact]
    public async Task StartAsync_WhenItsCallerGivesUp_SaysSo()
    {
        const string Message = "The start of a child of the task group 'order' was canceled: the token that StartAsync was given fired.";
        using CancellationTokenSource inQueue = new(), gettingReady = new();
        Gate invoked = new();
        Exception? refusal = null;
        await TaskGroup.RunAsync(
            async group =>
            {
                CancellationToken fired = new(canceled: true);
                await ExpectAsync(group.StartAsync<int>((_, _) => Task.CompletedTask, fired), Message, fired);

                CancellationToken given = default;
                Task<int> begun = group.StartAsync<int>(
                    async (signal, ct) =>
                    {
                        given = ct;
                        invoked.Open();
                        await Record.ExceptionAsync(() => Work.Forever(ct));
                        refusal = Record.Exception(() => signal.Started(1));
                    },
                    gettingReady.Token);
                await invoked.WaitAsync();
                Task<int> waiting = group.StartAsync<int>((_, _) => Task.CompletedTask, inQueue.Token);
                await inQueue.CancelAsync();
                await ExpectAsync(waiting, Message, inQueue.Token);
                await gettingReady.CancelAsync();
                await ExpectAsync(begun, Message, gettingReady.Token);
                await ExpectAsync(Task.FromException(refusal!), Message, given);
            },
            new TaskGroupOptions { Name = "order", MaxConcurrency = 1 }).WithWatchdog();
    }

    // A child that waits for its slot, and one that gets ready, when the group is canceled by a failure
    [Fact]
    public async Task StartAsync_WhenASiblingFails_SaysWhichAndWhy()
    {
        const string Message = "The task group 'order' was canceled: the child 'stock' failed.";
        InvalidDataException failure = new();
        Gate fail = new();
        Task run = TaskGroup.RunAsync(
            async group =>
            {
                group.Run(
                    async _ =>
                    {
                        await fail.WaitAsync(CancellationToken.None);
                        throw failure;
                    },
                    "stock");
                Task<int> begun = group.StartAsync<int>((_, ct) => Work.Forever(ct));
                Task<int> waiting = group.StartAsync<int>((_, ct) => Work.Forever(ct));
                fail.Open();
                foreach (Task<int> start in new[] { begun, waiting })
                {
                    OperationCanceledException canceled = await ExpectAsync(start, Message, group.CancellationToken);
                    Assert.Same(failure, canceled.InnerException);
                }
            },
            new TaskGroupOptions { Name = "order", MaxConcurrency = 2, TrackChildren = true });
        await Expect.Throws(run.WithWatchdog(), failure);
    }

    // R5: a child that obeys before it is ready
    [Fact]
    public async Task StartAsync_WhenTheChildObeysAStop_SaysSo() => await TaskGroup.RunAsync(
        async outer =>
        {
            Task<int> start = outer.RunGroupAsync(
                async group =>
                {
                    Task<int> begun = group.StartAsync<int>((_, _) => Work.Forever(group.StoppingToken));
                    outer.Stop();
                    return await begun;
                },
                new TaskGroupOptions { Name = "inner" });
            await ExpectAsync(
                start,
                "The task group 'inner' was canceled: Stop was called, and the body ended without a result.",
                outer.StoppingToken);

            Task<int> own = outer.StartAsync<int>((_, _) => Work.Forever(outer.StoppingToken));
            await ExpectAsync(
                own, "The task group 'outer' was canceled: Stop was called, and the child ended before it was ready.", outer.StoppingToken);
        },
        new TaskGroupOptions { Name = "outer" }).WithWatchdog();

    // R5, R18: the source obeys, a child obeys, the stream's own group is canceled
    [Fact]
    public async Task StreamAsync_WhenItIsNotWhole_SaysWhy()
    {
        const string Stopped = "The task group 'StreamAsync' was canceled: Stop of the group around it, 'order', was called, and ";
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                await ExpectAsync(
                    Sources.ReadAllAsync(group.StreamAsync(Canceling(), static (item, _) => Task.FromResult(item))),
                    "The task group 'StreamAsync' was canceled: Cancel was called.");
                group.Stop();
                await ExpectAsync(
                    Sources.ReadAllAsync(group.StreamAsync([1, 2], (_, _) => Obey<int>(group.StoppingToken))),
                    Stopped + "a child obeyed.",
                    group.StoppingToken);
                await ExpectAsync(
                    Sources.ReadAllAsync(group.StreamAsync(Obeying(group.StoppingToken), static (item, _) => Task.FromResult(item))),
                    Stopped + "the source obeyed and has more to give.",
                    group.StoppingToken);
            },
            new TaskGroupOptions { Name = "order", Observer = observer }).WithWatchdog();

        static Task<T> Obey<T>(CancellationToken token) => Task.FromCanceled<T>(token);

        static IEnumerable<int> Obeying(CancellationToken token)
        {
            yield return 1;
            token.ThrowIfCancellationRequested();
        }

        IEnumerable<int> Canceling()
        {
            yield return 1;
            observer.Of<ObserverEvent.GroupOpened>()[^1].Group.Cancel();
            yield return 2;
        }
    }

    private static async Task<OperationCanceledException> ExpectAsync(Task task, string message, CancellationToken? token = null)
    {
        Exception? thrown = await Record.ExceptionAsync(() => task);
        OperationCanceledException canceled = Assert.IsType<OperationCanceledException>(thrown);
        Assert.Equal((message, token ?? canceled.CancellationToken), (canceled.Message, canceled.CancellationToken));
        return canceled;
    }
}
