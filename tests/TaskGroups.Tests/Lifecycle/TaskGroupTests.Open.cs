using TaskGroups.Testing;

namespace TaskGroups.Tests;

// A group whose body is whatever its opener does: what the packages for hosts build on.
public partial class TaskGroupTests
{
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task CloseAsync_WhenChildrenRun_WaitsForThemAndGivesOneOutcome(ChildStart start)
    {
        Gate release = new();
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions { ChildStart = start });
        Task child = group.Run(release.WaitAsync);
        Task joined = group.CloseAsync();
        Assert.Same(joined, group.CloseAsync());
        Assert.Same(joined, group.CloseAsync(new InvalidDataException("too late")));
        Assert.False(joined.IsCompleted || group.IsCompleted);
        release.Open();
        await joined.WithWatchdog();
        Assert.True(child.IsCompletedSuccessfully && group.IsCompleted);
        Assert.Same(joined, group.CloseAsync());
        Expect.Refused(group);
    }

    // R9, R11
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task CloseAsync_WhenGivenAFailure_CancelsTheChildrenAndThrowsIt(ChildStart start)
    {
        InvalidDataException failure = new();
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions { ChildStart = start });
        Task child = group.Run(Work.Forever);
        await Expect.Throws(group.CloseAsync(failure), failure);
        await Expect.ChildCanceled(child);

        OperationCanceledException foreign = new();
        await Expect.Throws(TaskGroup.Open(new TaskGroupOptions()).CloseAsync(foreign), foreign);

        using CancellationTokenSource caller = new();
        TaskGroup canceled = TaskGroup.Open(new TaskGroupOptions(), callerToken: caller.Token);
        await caller.CancelAsync();
        await Expect.Canceled(canceled.CloseAsync(foreign), caller.Token);
    }

    // R17: the end of the application is the reason on every level
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Cancel_WhenTheHostStops_IsTheReasonOfNestedGroupsToo(ChildStart start)
    {
        Gate started = new();
        TaskGroup root = TaskGroup.Open(new TaskGroupOptions { ChildStart = start, FailurePolicy = FailurePolicy.Supervise });
        TaskGroup middle = TaskGroup.Open(new TaskGroupOptions(), root);
        Task nested = middle.RunGroupAsync(async inner =>
        {
            inner.Run(ct =>
            {
                started.Open();
                return Work.Forever(ct);
            });
            await Record.ExceptionAsync(() => Work.Forever(inner.CancellationToken));
            Assert.Equal(CancellationReason.HostStopping, inner.CancellationReason);
        });
        await started.WaitAsync();
        root.Cancel(CancellationReason.HostStopping);
        Assert.Equal(
            (CancellationReason.HostStopping, CancellationReason.HostStopping),
            (root.CancellationReason, middle.CancellationReason));
        await Expect.Canceled(nested, middle.CancellationToken);
        await Expect.Canceled(middle.CloseAsync(), root.CancellationToken);
        await Expect.Canceled(root.CloseAsync(), root.CancellationToken);
    }

    // R7: parent and child
    [Fact]
    public async Task Open_WhenNested_IsWaitedForByItsParent()
    {
        TaskGroup parent = TaskGroup.Open(new TaskGroupOptions());
        TaskGroup child = TaskGroup.Open(new TaskGroupOptions(), parent);
        Assert.Same(parent, child.Parent);
        Task joined = parent.CloseAsync();
        Assert.False(joined.IsCompleted);
        parent.Stop();
        Assert.True(child.StoppingToken.IsCancellationRequested);
        await child.CloseAsync();
        await joined.WithWatchdog();
        Assert.Throws<InvalidOperationException>(() => TaskGroup.Open(new TaskGroupOptions(), parent));
    }

    // R4: a canceled parent or caller gives a group that is born canceled
    [Fact]
    public async Task Open_WhenAlreadyCanceled_IsBornCanceled()
    {
        CancellationToken fired = new(canceled: true);
        TaskGroup group = TaskGroup.Open(new TaskGroupOptions(), callerToken: fired);
        Assert.Equal(CancellationReason.CallerCanceled, group.CancellationReason);
        Expect.NotStarted(group);
        await Expect.Canceled(group.CloseAsync(), fired);

        TaskGroup parent = TaskGroup.Open(new TaskGroupOptions());
        parent.Cancel();
        TaskGroup child = TaskGroup.Open(new TaskGroupOptions(), parent);
        Assert.Equal(CancellationReason.CallerCanceled, child.CancellationReason);
        Expect.NotStarted(child);
        await Expect.Canceled(child.CloseAsync(), parent.CancellationToken);
        await parent.CloseAsync().WithWatchdog();
    }

    // TK-02, R24: exact counts, also right after a child was awaited
    [Fact]
    public async Task RunningCount_WhenChildrenEndAndStart_IsExactEachTime()
    {
        foreach (int? limit in new int?[] { null, 2 })
        {
            TaskGroup group = TaskGroup.Open(new TaskGroupOptions { ChildStart = ChildStart.Queued, MaxConcurrency = limit });
            Queue<(Gate Release, Task Child)> running = new();

            void Start()
            {
                Gate release = new();
                running.Enqueue((release, group.Run(_ => release.WaitAsync(CancellationToken.None))));
            }

            Start();
            Start();
            for (int i = 0; i < 16; i++)
            {
                Assert.Equal((2, 0), (group.RunningCount, group.WaitingCount));
                (Gate release, Task child) = running.Dequeue();
                release.Open();
                await child.WithWatchdog();
                Assert.Equal((1, 0), (group.RunningCount, group.WaitingCount));
                Start();
            }

            while (running.TryDequeue(out (Gate Release, Task Child) last))
            {
                last.Release.Open();
            }

            await group.CloseAsync().WithWatchdog();
            Assert.Equal((0, 0), (group.RunningCount, group.WaitingCount));
        }
    }

    // C05: the same completion for all
    [Fact]
    public async Task CloseAsync_WhenCalledConcurrently_JoinsOnce()
    {
        for (int round = 0; round < 100; round++)
        {
            RecordingObserver observer = new();
            TaskGroup group = TaskGroup.Open(new TaskGroupOptions { Observer = observer });
            group.Run(async _ => await Task.Yield());
            Task[] joins = new Task[4];
            Parallel.For(0, joins.Length, i => joins[i] = group.CloseAsync());
            Assert.All(joins, join => Assert.Same(joins[0], join));
            await joins[0].WithWatchdog();
            Assert.Single(observer.Of<ObserverEvent.GroupCompleted>());
        }
    }

    // T11: nor do the bodies of groups nested in such a group
    [Theory, InlineData(true), InlineData(false)]
    public async Task RunGroupAsync_InAGroupWhereNothingFlows_GivesTheBodyNothing(bool flows)
    {
        AsyncLocal<string?> local = new() { Value = "of the caller" };
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { ChildStart = ChildStart.Queued }, origin: new GroupOrigin { FlowsContext = flows });
        string? inBody = null;
        Task<string?> nested = group.RunGroupAsync<string?>(inner =>
        {
            inBody = local.Value;
            local.Value = "of the body";
            return inner.Run(_ => Task.FromResult<string?>(local.Value));
        });
        Assert.Equal("of the body", await nested.WithWatchdog());
        Assert.Equal(flows ? "of the caller" : null, inBody);
        Assert.Equal("of the caller", local.Value);
        await group.CloseAsync().WithWatchdog();
    }

    // FlowsContext = false: background children inherit nothing
    [Fact]
    public async Task Run_WhenTheOriginDoesNotFlowContext_InheritsNothing()
    {
        AsyncLocal<string> local = new() { Value = "caller" };
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { ChildStart = ChildStart.Queued },
            origin: new GroupOrigin { FlowsContext = false, ClosedHint = "Open another one." });
        Assert.Null(await group.Run(_ => Task.FromResult<string?>(local.Value)).WithWatchdog());
        await group.CloseAsync().WithWatchdog();
        Action late = () => group.Run(_ => Task.CompletedTask);
        Assert.Contains("Open another one.", Assert.Throws<InvalidOperationException>(late).Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task From_WhenGivenAWrapper_FindsTheGroupInIt() => TaskGroup.RunAsync(group =>
    {
        Assert.Same(group, TaskGroup.From(new CountingGroup(group, new Children())));
        return Task.CompletedTask;
    });

    [Fact]
    public void Open_WithoutOptions_SaysSo() =>
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => TaskGroup.Open((TaskGroupOptions)null!)).ParamName);

    [Fact]
    public async Task From_WhenGivenAForeignGroup_ThrowsAndSaysWhatToDo()
    {
        ForeignGroup foreign = new();
        string message = Assert.Throws<ArgumentException>(() => TaskGroup.From(foreign)).Message;
        Assert.Contains(typeof(ForeignGroup).ToString(), message, StringComparison.Ordinal);
        Assert.Contains("use a real one: TaskGroup.RunAsync", message, StringComparison.Ordinal);
        foreach (Func<Task> call in new Func<Task>[]
        {
            () => foreign.RunGroupAsync(_ => Task.CompletedTask),
            () => foreign.RunGroupAsync(_ => Task.FromResult(1)),
            () => foreign.AllAsync(_ => Task.FromResult(1), _ => Task.FromResult(2)),
            () => foreign.AllAsync(_ => Task.CompletedTask),
            () => foreign.ForEachAsync([1], (_, _) => Task.CompletedTask),
            () => foreign.MapAsync([1], (item, _) => Task.FromResult(item)),
            () => foreign.RaceAsync(_ => Task.FromResult(1)),
            () => foreign.RunOrDefault(_ => Task.FromResult(1), 2),
            () => foreign.StartAsync<int>((_, _) => Task.CompletedTask),
            async () =>
            {
                await foreach (int _ in foreign.StreamAsync([1], (item, _) => Task.FromResult(item)))
                {
                }
            },
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(call);
        }
    }

    private sealed class ForeignGroup : ITaskGroup
    {
        public string Name => "foreign";

        public CancellationToken CancellationToken => CancellationToken.None;

        public CancellationToken StoppingToken => CancellationToken.None;

        public CancellationReason CancellationReason => CancellationReason.None;

        public Task Run(Func<CancellationToken, Task> work, string? name = null) => work(default);

        public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) => work(default);

        public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) => work(state, default);

        public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
            work(state, default);

        public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => false;

        public void Stop()
        {
        }

        public void Cancel()
        {
        }

        public TaskGroupSnapshot GetSnapshot() => new(default, []);
    }
}
