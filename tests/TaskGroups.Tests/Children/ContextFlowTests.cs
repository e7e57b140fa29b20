using TaskGroups.Testing;

namespace TaskGroups.Tests;

// What flows into a child with the execution context, and what does not flow back.
public sealed class ContextFlowTests
{
    [Theory, Plays]
    public Task Run_WhenSiblingsChangeAnAsyncLocal_EachSeesItsOwn(Play play) => play.In(async scene =>
    {
        AsyncLocal<int> local = new() { Value = -1 };
        int[] seen = await scene.RunAsync(async group =>
        {
            Task<int>[] children = [.. Enumerable.Range(0, 4).Select(i => group.Run(async _ =>
            {
                local.Value = i;
                await Task.Yield();
                return local.Value;
            }))];
            int[] values = await Task.WhenAll(children);
            Assert.Equal(-1, local.Value);
            return values;
        });
        Assert.Equal([0, 1, 2, 3], seen);
        Assert.Equal(-1, local.Value);
    });

    // R26: a child that waits for its slot does not come back to the context of its starter
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public Task Run_UnderASynchronizationContext_GivesAllChildrenOfAGroupTheSame(int? limit) => SingleThreadedContext.RunAsync(async () =>
    {
        SynchronizationContext? own = SynchronizationContext.Current;
        await TaskGroup.RunAsync(
            async group =>
            {
                Gate release = new();
                Task<SynchronizationContext?> first = group.Run(async _ =>
                {
                    SynchronizationContext? context = SynchronizationContext.Current;
                    await release.WaitAsync(CancellationToken.None);
                    return context;
                });
                Task<SynchronizationContext?> second = group.Run(_ => Task.FromResult(SynchronizationContext.Current));
                Assert.Same(own, SynchronizationContext.Current);
                release.Open();

                SynchronizationContext?[] seen = await Task.WhenAll(first, second);
                Assert.All(seen, context => Assert.Same(limit is null ? own : null, context));
            },
            new TaskGroupOptions { MaxConcurrency = limit });
    });

    [Theory, Plays]
    public Task Run_WhenAnAsyncLocalChangedSinceTheGroupOpened_ShowsTheValueAtRun(Play play) => play.In(async scene =>
    {
        AsyncLocal<string?> local = new() { Value = "opened" };
        await scene.RunAsync(async group =>
        {
            local.Value = "run";
            Task<string?> child = group.Run<string?>(async _ =>
            {
                await Task.Yield();
                return local.Value;
            });
            local.Value = "later";
            Assert.Equal("run", await child);
        });
    });

    [Theory, Plays]
    public Task Run_WhenADelegateSetsAnAsyncLocalSynchronously_LeavesTheCallersContext(Play play) => play.In(async scene =>
    {
        AsyncLocal<string?> local = new() { Value = "caller" };
        await scene.RunAsync(async group =>
        {
            Task child = group.Run(_ =>
            {
                local.Value = "child"; // no async method around it that would restore it
                return Task.CompletedTask;
            });
            Assert.Equal("caller", local.Value);
            await child;
            Assert.Equal("caller", local.Value);

            Task throws = group.RunOrDefault(
                Task<int> (_) =>
                {
                    local.Value = "child";
                    throw new InvalidDataException();
                },
                0);
            Assert.Equal("caller", local.Value);
            await throws;
        });
        Assert.Equal("caller", local.Value);

        Task run = scene.RunAsync(_ =>
        {
            local.Value = "body";
            return Task.CompletedTask;
        });
        Assert.Equal("caller", local.Value);
        await run;
    });

    [Theory, Plays]
    public Task Run_WhenTheFlowOfTheContextIsSuppressed_Works(Play play) => play.In(async scene =>
    {
        AsyncLocal<string?> local = new() { Value = "caller" };
        await scene.RunAsync(async group =>
        {
            Gate release = new();
            Task<string?> child;
            using (ExecutionContext.SuppressFlow())
            {
                child = group.Run<string?>(async _ =>
                {
                    await release.WaitAsync(CancellationToken.None);
                    return local.Value;
                });
                group.Cancel();
            }

            release.Open();
            await child;
        });
    });

    // R16: a delegate may let the context flow again whose flow its caller had suppressed
    [Fact]
    public Task Run_WhenADelegateRestoresTheFlowOfTheContext_IsAChildLikeAnyOther() => TaskGroup.RunAsync(async group =>
    {
        ExecutionContext.SuppressFlow();
        Task child = group.Run(_ =>
        {
            ExecutionContext.RestoreFlow();
            return Task.CompletedTask;
        });
        Assert.False(ExecutionContext.IsFlowSuppressed());
        await child;
    });

    [Theory]
    [InlineData(ChildStart.Inline, null)]
    [InlineData(ChildStart.Inline, 2)]
    [InlineData(ChildStart.Queued, null)]
    public async Task ChildStarted_WhenItSetsAnAsyncLocal_OnlyTheChildHasIt(ChildStart start, int? maxConcurrency)
    {
        FlowingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                observer.Current.Value = "body";
                Task<string> first = group.Run(SeeAsync, "first"), second = group.Run(SeeAsync, "second");
                Assert.Equal("body", observer.Current.Value!);
                Assert.Equal(["first", "second"], await Task.WhenAll(first, second));
                Assert.Equal("body", observer.Current.Value!);
            },
            new TaskGroupOptions { ChildStart = start, MaxConcurrency = maxConcurrency, Observer = observer });

        async Task<string> SeeAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            return observer.Current.Value!;
        }
    }

    [Fact]
    public async Task GroupOpened_WhenItSetsAnAsyncLocal_OnlyTheBodyHasIt()
    {
        FlowingObserver observer = new();
        observer.Current.Value = "caller";
        Task<string> run = TaskGroup.RunAsync(
            async group =>
            {
                Task<string> nested = group.RunGroupAsync(
                    _ => Task.FromResult(observer.Current.Value!),
                    new TaskGroupOptions { Name = "inner" });
                Assert.Equal("outer", observer.Current.Value!);
                Assert.Equal("inner", await nested);
                return observer.Current.Value!;
            },
            new TaskGroupOptions { Name = "outer", Observer = observer });
        Assert.Equal("caller", observer.Current.Value!);
        Assert.Equal("outer", await run);
    }

    // Nor do the bodies of groups nested in such a group
    [Theory, InlineData(true), InlineData(false)]
    public async Task RunGroupAsync_InAGroupWhereNothingFlows_GivesTheBodyNothing(bool flows)
    {
        AsyncLocal<string?> local = new() { Value = "of the caller" };
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { ChildStart = ChildStart.Queued }, hostContext: new HostContext { FlowsContext = flows });
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
            hostContext: new HostContext { FlowsContext = false, CompletedHint = "Open another one." });
        Assert.Null(await group.Run(_ => Task.FromResult<string?>(local.Value)).WithWatchdog());
        await group.CloseAsync().WithWatchdog();
        Action late = () => group.Run(_ => Task.CompletedTask);
        Assert.Contains("Open another one.", Assert.Throws<InvalidOperationException>(late).Message, StringComparison.Ordinal);
    }

    private sealed class FlowingObserver : TaskGroupObserver
    {
        public AsyncLocal<string> Current { get; } = new() { Value = "" };

        public override void GroupOpened(ITaskGroup group) => Current.Value = group.Name;

        public override void ChildStarted(ITaskGroup group, string name) => Current.Value = name;
    }
}
