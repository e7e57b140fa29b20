using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R17: a cancellation whose source has fired is that source's, though a child sees it before its group does. Callbacks on a token run
// last in, first out: a child that uses the caller's token itself comes first.
public sealed class FiredSourceTests
{
    private static readonly Func<CancellationToken, Task<int>>[] Uses =
    [
        async token =>
        {
            await Work.UntilCanceled(token).ConfigureAwait(false);
            throw new OperationCanceledException(token);
        },
        async token =>
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(token);
            await Work.UntilCanceled(linked.Token).ConfigureAwait(false);
            throw new OperationCanceledException(linked.Token);
        },
        token =>
        {
            TaskCompletionSource<int> faulted = new();
            token.UnsafeRegister((_, token) => faulted.SetException(new OperationCanceledException(token)), null);
            return faulted.Task;
        },
    ];

    [Theory, Plays]
    public Task RunAsync_WhenAChildUsesTheCallersToken_IsCanceledByTheCaller(Play play) => Check(
        play, (group, use) => group.Run(_ => use()));

    [Theory, Plays]
    public Task RunAsync_WhenTheBodyUsesTheCallersToken_IsCanceledByTheCaller(Play play) => Check(play, (_, use) => use());

    [Theory, Plays]
    public Task RunOrDefault_WhenTheWorkUsesTheCallersToken_YieldsNoFallback(Play play) => Check(
        play, (group, use) => group.RunOrDefault(_ => use(), fallback: 7));

    [Theory, Plays]
    public Task RaceAsync_WhenContendersUseTheCallersToken_IsCanceledByTheCaller(Play play) => Check(
        play, (group, use) => group.RaceAsync(_ => use(), _ => use()));

    [Theory, Plays]
    public Task StartAsync_WhenTheChildUsesTheCallersToken_IsCanceledByTheCaller(Play play) => Check(
        play, (group, use) => group.StartAsync<int>((_, _) => use()));

    [Theory, Plays]
    public Task StreamAsync_WhenItemsUseTheCallersToken_IsCanceledByTheCaller(Play play) => Check(
        play, (group, use) => Sources.ReadAllAsync(group.StreamAsync([1, 2], (_, _) => use())));

    [Theory, Plays]
    public Task RunGroupAsync_WhenItsChildUsesTheCallersToken_IsCanceledByTheCaller(Play play) => play.In(async scene =>
    {
        foreach (FailurePolicy policy in Enum.GetValues<FailurePolicy>())
        {
            await Check(
                scene,
                (group, use) => group.RunGroupAsync(middle => middle.RunGroupAsync(
                    nested => nested.Run(_ => use()),
                    new TaskGroupOptions { FailurePolicy = policy })));
        }
    });

    // A group of its own with the same caller, as a library opens one
    [Theory, Plays]
    public Task RunAsync_WhenAChildOpensAGroupWithTheCallersToken_IsCanceledByTheCaller(Play play) => play.In(async scene =>
    {
        foreach (Func<CancellationToken, Task<int>> each in Uses)
        {
            using CancellationTokenSource caller = new();
            await Check(scene, caller, each, (group, use) => group.Run(Own(use, caller.Token)));
        }

        static Func<CancellationToken, Task<int>> Own(Func<Task<int>> use, CancellationToken caller) =>
            _ => TaskGroup.RunAsync(own => own.Run(_ => use()), caller);
    });

    // The walk that cancels the tree waits above the nested groups until their child has ended
    [Theory, Plays]
    public Task RunGroupAsync_WhenItsChildUsesTheOuterGroupsToken_IsCanceledByTheOuterGroup(Play play) => play.In(async scene =>
    {
        using Holder holder = new();
        Task<int> child = Task.FromResult(0);
        Gate started = new();
        Task run = scene.RunAsync(
            async outer =>
            {
                holder.Outer = outer;
                await outer.RunGroupAsync(middle => middle.RunGroupAsync(nested =>
                {
                    child = nested.RunOrDefault(
                        async _ =>
                        {
                            Task canceled = Work.UntilCanceled(outer.CancellationToken);
                            started.Open();
                            await canceled.ConfigureAwait(false);
                            throw new OperationCanceledException(outer.CancellationToken);
                        },
                        fallback: 7);
                    return Task.CompletedTask;
                }));
            },
            new TaskGroupOptions { Observer = holder });
        await started.WaitAsync();
        Task cancel = Task.Run(() => holder.Outer!.Cancel());
        await Expect.ChildCanceled(child);
        holder.Dispose();
        await cancel;
        await run;
        Assert.Equal(
            [CancellationReason.CallerCanceled, CancellationReason.CallerCanceled, CancellationReason.Requested],
            holder.Reasons.OrderDescending()); // the child's thread may be the first to report
        Assert.Empty(holder.Failures);
    });

    // R11: a timeout inside is a failure, and what is no cancellation is one anyway
    [Theory, Plays]
    public Task RunAsync_WhenAChildFailsAsTheCallersTokenFires_HasFailed(Play play) => play.In(async scene =>
    {
        foreach (Exception failure in new Exception[]
        {
            new TaskCanceledException("The request timed out.", new TimeoutException()),
            new InvalidDataException(),
        })
        {
            using CancellationTokenSource caller = new();
            Gate started = new();
            Task run = scene.RunAsync(
                group =>
                {
                    group.Run(_ =>
                    {
                        TaskCompletionSource failed = new();
                        caller.Token.UnsafeRegister(_ => failed.SetException(failure), null);
                        started.Open();
                        return failed.Task;
                    });
                    return Task.CompletedTask;
                },
                caller.Token);
            await started.WaitAsync();
            caller.Cancel();
            await Expect.Throws(run, failure);
        }
    });

    private static Task Check(Play play, Func<ITaskGroup, Func<Task<int>>, Task> work) =>
        play.In(scene => Check(scene, work));

    private static async Task Check(Scene scene, Func<ITaskGroup, Func<Task<int>>, Task> work)
    {
        foreach (Func<CancellationToken, Task<int>> use in Uses)
        {
            using CancellationTokenSource caller = new();
            await Check(scene, caller, use, work);
        }
    }

    private static async Task Check(
        Scene scene,
        CancellationTokenSource caller,
        Func<CancellationToken, Task<int>> use,
        Func<ITaskGroup, Func<Task<int>>, Task> work)
    {
        RecordingObserver observer = new();
        Gate started = new();
        Task run = scene.RunAsync(group => work(group, Use), new TaskGroupOptions { Observer = observer }, caller.Token);
        await started.WaitAsync();
        caller.Cancel();
        await Expect.Canceled(run, caller.Token);
        Assert.All(
            observer.Of<ObserverEvent.GroupCanceled>(),
            canceled => Assert.Equal(CancellationReason.CallerCanceled, canceled.Reason));
        Assert.Empty(observer.Of<ObserverEvent.FailureReported>());

        Task<int> Use()
        {
            Task<int> task = use(caller.Token);
            started.Open();
            return task;
        }
    }

    /// <summary>Keeps the walk that cancels the tree at the outer group.</summary>
    private sealed class Holder : TaskGroupObserver, IDisposable
    {
        private readonly TaskCompletionSource _released = new();
        private readonly Lock _lock = new();
        private readonly List<CancellationReason> _reasons = [];
        private readonly List<Exception> _failures = [];

        public ITaskGroup? Outer { get; set; }

        public IReadOnlyList<CancellationReason> Reasons
        {
            get
            {
                lock (_lock)
                {
                    return [.. _reasons];
                }
            }
        }

        public IReadOnlyList<Exception> Failures
        {
            get
            {
                lock (_lock)
                {
                    return [.. _failures];
                }
            }
        }

        public override void GroupCanceled(ITaskGroup group, CancellationReason reason, string? child, Exception? cause)
        {
            lock (_lock)
            {
                _reasons.Add(reason);
            }

            if (reason == CancellationReason.Requested)
            {
                _released.Task.Wait();
            }
        }

        public override void FailureReported(ITaskGroup group, string? child, Exception exception, FailureKind kind, TimeSpan elapsed)
        {
            lock (_lock)
            {
                _failures.Add(exception);
            }
        }

        public void Dispose() => _released.TrySetResult();
    }
}
