using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>What the history keeps of scopes, background children and nested groups.</summary>
public sealed class HistoryTests
{
    [Fact]
    public async Task History_OfANestedGroup_HasTheIdsThatTheSnapshotShowed()
    {
        await using TestHost host = await StartAsync();
        ProcessSnapshot? during = null;

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            outer => outer.RunGroupAsync(
                async group =>
                {
                    Gate gate = new();
                    _ = group.Run(ct => Task.Delay(Timeout.Infinite, ct), "sibling");
                    Task bad = group.Run(
                        async _ =>
                        {
                            await gate.WaitAsync(CancellationToken.None);
                            throw new InvalidTimeZoneException();
                        },
                        "bad");
                    during = host.Services.GetRequiredService<ProcessSnapshotBuilder>().Take();
                    gate.Open();
                    await bad;
                },
                new TaskGroupOptions { Name = "inner" }),
            new TaskGroupOptions { Name = "outer" })).WithWatchdog();

        IReadOnlyList<EndedGroupView> ended = Read(host);
        EndedGroupView inner = Assert.Single(ended, each => each.Name == "inner");
        Assert.Equal(during!.Groups.Single(each => each.Name == "inner").Id, inner.Id);
        Assert.Equal(ended.Single(each => each.Name == "outer").Id, inner.ParentId);
        Assert.Equal(("failed", "child_failed", "bad"), (inner.Outcome, inner.Reason, inner.CanceledBy));
        Assert.Equal(
            during.Children.Where(each => each.GroupId == inner.Id).Select(each => (each.Id, each.Name)).Order(),
            inner.Children.Select(each => (each.Id, each.Name)).Order());
        Assert.Equal(
            [("bad", "failed", typeof(InvalidTimeZoneException).FullName), ("sibling", "canceled", null)],
            inner.Children.Select(each => (each.Name, each.Outcome, each.FailureType)).Order());
    }

    // A background group does not end: its children are what ends.
    [Fact]
    public async Task History_OfABackgroundGroup_HasAnEntryForEachChild()
    {
        await using TestHost host = await StartAsync();

        await host.Background.Run(ct => Task.CompletedTask, "good").WithWatchdog();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(
            () => host.Background.Run(ct => Task.FromException(new InvalidTimeZoneException()), "bad").WithWatchdog());

        EndedGroupView[] ended = [.. Read(host).OrderBy(each => each.Id)];
        Assert.Equal(
            [("good", "background", "succeeded", null), ("bad", "background", "failed", typeof(InvalidTimeZoneException).FullName)],
            ended.Select(each => (each.Name, each.Kind, each.Outcome, each.FailureType)));
        long background = host.Services.GetRequiredService<ProcessSnapshotBuilder>().Take().Groups
            .Single(each => each.Name == "background").Id;
        Assert.All(ended, each => Assert.Equal(background, each.ParentId));
        Assert.Equal(ended.Length, ended.Select(each => each.Id).Distinct().Count());
    }

    [Fact]
    public async Task History_OfAScope_HasItsChildren()
    {
        await using TestHost host = await StartAsync();
        await using (AsyncServiceScope scope = host.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(ct => Task.CompletedTask, "the child").WithWatchdog();
        }

        EndedGroupView ended = Assert.Single(Read(host));
        Assert.Equal(("scope", "scope", "succeeded"), (ended.Name, ended.Kind, ended.Outcome));
        Assert.Equal("the child", Assert.Single(ended.Children).Name);
    }

    [Fact]
    public async Task History_OfAChildThatWaitedWhenItsGroupWasCanceled_ShowsItAsCanceled()
    {
        await using TestHost host = await StartAsync();
        await host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            group =>
            {
                Gate gate = new();
                _ = group.Run(_ => gate.WaitAsync(CancellationToken.None), "running");
                _ = group.Run(ct => Task.CompletedTask, "waiting");
                group.Cancel();
                gate.Open();
                return Task.CompletedTask;
            },
            new TaskGroupOptions { Name = "prices", MaxConcurrency = 1 }).WithWatchdog();

        EndedGroupView ended = Assert.Single(Read(host));
        Assert.Equal(
            [("running", "succeeded"), ("waiting", "canceled")], ended.Children.Select(each => (each.Name, each.Outcome)).Order());
    }

    private static async Task<TestHost> StartAsync()
    {
        TestHost host = await TestHost.StartAsync();
        host.Services.GetRequiredService<GroupHistory>().Record(200);
        return host;
    }

    private static IReadOnlyList<EndedGroupView> Read(TestHost host) => host.Services.GetRequiredService<GroupHistory>().Read().Groups;
}
