using TaskGroups.Testing;

namespace TaskGroups.Tests;

// R7: a nested group is waited for like a child.
public sealed class NestingTests
{
    // R1, R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheBodyReturnsWithoutAwaitingIt_IsWaitedFor(Play play) => play.In(async scene =>
    {
        Gate release = new();
        Task run = scene.RunAsync(outer =>
        {
            _ = outer.RunGroupAsync(inner =>
            {
                inner.Run(async ct =>
                {
                    await release.WaitAsync(ct);
                    scene.Trail.Add("nested child ends");
                });
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
        Assert.False(run.IsCompleted);
        release.Open();
        await run;
        scene.Trail.Add("joined");
        Assert.Equal(["nested child ends", "joined"], scene.Trail.Steps);
    });

    // R3, R7
    [Theory, Plays]
    public Task Run_WhenTheNestedGroupHasCompleted_IsRefusedInItsName(Play play) => play.In(async scene =>
    {
        await scene.RunAsync(async outer =>
        {
            ITaskGroup? captured = null;
            await outer.RunGroupAsync(
                inner =>
                {
                    captured = inner;
                    return Task.CompletedTask;
                },
                new TaskGroupOptions { Name = "the nested one" });
            Assert.Equal("the nested one", captured!.Name);
            Expect.Refused(captured);
            Assert.Equal(1, await outer.Run(_ => Task.FromResult(1)));
        });
    });

    // R4, R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheOuterIsEnding_DoesNotInvokeTheBody(Play play) => play.In(async scene =>
    {
        bool invoked = false;
        Task? nested = null;
        Task<int>? valued = null;
        ITaskGroup? captured = null;
        await scene.RunAsync(outer =>
        {
            captured = outer;
            outer.Cancel();
            nested = outer.RunGroupAsync(_ => Invoked());
            valued = outer.RunGroupAsync<int>(_ => Invoked());
            return Task.CompletedTask;
        });
        await Expect.Canceled(nested!, captured!.CancellationToken);
        await Expect.Canceled(valued!, captured.CancellationToken);
        Assert.False(invoked);

        Task<int> Invoked()
        {
            invoked = true;
            return Task.FromResult(1);
        }
    });

    // R3, R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenTheOuterHasCompleted_ThrowsInItsName(Play play) => play.In(async scene =>
    {
        bool invoked = false;
        ITaskGroup? captured = null;
        await scene.RunAsync(
            outer =>
            {
                captured = outer;
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "past" });
        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => captured!.RunGroupAsync(_ =>
        {
            invoked = true;
            return Task.CompletedTask;
        }));
        Assert.Contains("past", refusal.Message, StringComparison.Ordinal);
        Assert.False(invoked);
    });

    // R7: the limit of depth
    [Theory, Plays]
    public Task RunGroupAsync_WhenNestedTooDeep_Throws(Play play) => play.In(async scene =>
    {
        int deepest = 0;

        async Task Descend(ITaskGroup group, int level)
        {
            deepest = level;
            await group.RunGroupAsync(nested => Descend(nested, level + 1));
        }

        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => scene.RunAsync(root => Descend(root, 0)));
        Assert.Equal(128, deepest);
        Assert.Contains("128 levels deep", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("one group around it", refusal.Message, StringComparison.Ordinal); // what to do instead
    });

    // R7
    [Theory, Plays]
    public Task RunGroupAsync_WhenGivenNoName_TakesTheCallersName(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            string? plain = null, unnamed = null;
            await group.RunGroupAsync(nested =>
            {
                plain = nested.Name;
                return Task.CompletedTask;
            });
            await group.RunGroupAsync(
                nested =>
                {
                    unnamed = nested.Name;
                    return Task.CompletedTask;
                },
                new TaskGroupOptions());
            const string Caller = nameof(RunGroupAsync_WhenGivenNoName_TakesTheCallersName);
            Assert.Equal((Caller, Caller), (plain, unnamed));
            Assert.Equal((Caller, Caller), (await group.RunGroupAsync(nested => Task.FromResult(nested.Name)), await group.RunGroupAsync(
                nested => Task.FromResult(nested.Name),
                new TaskGroupOptions())));
            Assert.Equal("own", await group.RunGroupAsync(nested => Task.FromResult(nested.Name), new TaskGroupOptions { Name = "own" }));
        }));

    // R7, R26: a group is not a child, and neither is a walk that cancels or stops it
    [Theory, Plays]
    public Task RunningCount_WhenAGroupIsNestedOrStopped_CountsChildrenOnly(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            Gate release = new();
            Task nested = group.RunGroupAsync(_ => release.WaitAsync());
            Task child = group.Run(_ => release.WaitAsync(CancellationToken.None));
            group.Stop();
            group.Stop();
            Assert.Equal((1, 0), TaskGroup.From(group).Counts);
            release.Open();
            await Task.WhenAll(nested, child);
        }));

    // R7, R24
    [Theory, Plays]
    public Task GetSnapshot_WhenANestedGroupHasCompleted_ForgetsIt(Play play) => play.In(scene =>
        scene.RunAsync(async group =>
        {
            await group.RunGroupAsync(_ => Task.CompletedTask);
            await Record.ExceptionAsync(() => group.RunGroupAsync(_ => Task.FromException(new InvalidDataException())));
            await group.RunGroupAsync(async nested => await nested.Run(async _ => await Task.Yield()));
            Assert.Equal(group.Name, Assert.Single(group.GetSnapshot().Entries).Name);
        }));

    // R37: children of nested groups get their services where the outer group has them; the rest concerns the outer group alone
    [Fact]
    public async Task Open_WhenItsOriginHasServices_NestedGroupsInheritThemAlone()
    {
        object services = new();
        TaskGroup outer = TaskGroup.Open(
            new TaskGroupOptions(), hostContext: new HostContext { Services = services, CompletedHint = "hint" });
        await outer.RunGroupAsync(nested =>
        {
            HostContext inherited = TaskGroup.From(nested).HostContext;
            Assert.Same(services, inherited.Services);
            Assert.Null(inherited.CompletedHint);
            Assert.True(inherited.FlowsContext);
            return Task.CompletedTask;
        });
        await outer.CloseAsync();
    }

    // R37: where there is nothing to inherit, all share one origin
    [Fact]
    public void ForNested_WithoutServices_IsNone() => Assert.Same(HostContext.None, new HostContext { CompletedHint = "hint" }.ForNested);
}
