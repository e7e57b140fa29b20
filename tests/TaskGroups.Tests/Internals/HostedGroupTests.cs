using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>What a host adds to the groups that it opens.</summary>
public sealed class HostedGroupTests
{
    private static readonly TaskGroupOptions Tracked = new() { Name = "hosted", TrackChildren = true };

    // R40
    [Fact]
    public async Task SharedLimit_OfSeveralGroups_BoundsTheirChildrenTogether()
    {
        SharedChildLimit limit = new(2, "Options.MaxChildren");
        HostContext host = new() { ChildLimit = limit };
        TaskGroup one = TaskGroup.Open(Tracked, hostContext: host), two = TaskGroup.Open(Tracked, hostContext: host);
        Gate release = new();
        Task first = one.Run(_ => release.WaitAsync(CancellationToken.None));
        Task nested = two.RunGroupAsync(inner => inner.Run(_ => release.WaitAsync(CancellationToken.None)));

        Action overfill = () => one.Run(_ => Task.CompletedTask, "over");
        TaskGroupFullException full = Assert.Throws<TaskGroupFullException>(overfill);
        Assert.False(two.TryRun(_ => Task.CompletedTask));

        Assert.Equal(
            "The task group 'hosted' did not start 'over': 2 children run or wait in all groups together (Options.MaxChildren).",
            full.Message);
        Assert.Equal(2, limit.Count);
        release.Open();
        await Task.WhenAll(first, nested).WithWatchdog();
        await one.Run(_ => Task.CompletedTask).WithWatchdog();
        await Task.WhenAll(one.CloseAsync(), two.CloseAsync()).WithWatchdog();
        Assert.Equal(0, limit.Count);
    }

    // R26, R40: a child that waits counts, also if it is never invoked
    [Fact]
    public async Task SharedLimit_OfAGroupThatIsCanceled_CountsWaitingChildrenOut()
    {
        SharedChildLimit limit = new(2, "Options.MaxChildren");
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { MaxConcurrency = 1 }, hostContext: new HostContext { ChildLimit = limit });
        Gate release = new();
        Task running = group.Run(_ => release.WaitAsync(CancellationToken.None));
        Task waiting = group.Run(_ => Task.CompletedTask);
        Assert.Equal(2, limit.Count);

        group.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithWatchdog());
        release.Open();
        await running.WithWatchdog();
        await group.CloseAsync().WithWatchdog();

        Assert.Equal(0, limit.Count);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task KeepsStates_IfSet_ShowsTheStateOfAChildToTheHost(bool keeps)
    {
        List<(string Name, object? State, bool HasBegun)> cutShort = [];
        int freed = 0;
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { TrackChildren = true, MaxConcurrency = 1, FailurePolicy = FailurePolicy.Supervise },
            hostContext: new HostContext
            {
                KeepsStates = keeps,
                ChildCutShort = (_, child, hasBegun) => cutShort.Add((child.Name, child.State, hasBegun)),
                OnPlaceFreed = () => freed++,
            });
        Gate release = new();
        await group.Run((state, _) => Task.CompletedTask, 6, "ended");
        Task running = group.Run(
            async (state, ct) =>
            {
                await release.WaitAsync(CancellationToken.None);
                ct.ThrowIfCancellationRequested();
            },
            7,
            "running");
        Task waiting = group.Run((state, _) => Task.CompletedTask, 8, "waiting");
        Assert.Equal(["running", "waiting"], group.CopyEntries().Select(each => each.Name));

        group.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithWatchdog());
        release.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithWatchdog());
        await group.CloseAsync().WithWatchdog();

        Assert.Equal([("waiting", keeps ? 8 : null, false), ("running", keeps ? 7 : (object?)null, true)], cutShort);
        Assert.True(freed >= 2);
        Assert.Empty(group.CopyEntries());
    }

    [Fact]
    public async Task Snapshot_OfAGroupThatIsPartOfItsParent_ListsItsChildrenInTheParent()
    {
        TaskGroup parent = TaskGroup.Open(Tracked);
        TaskGroup part = TaskGroup.Open(
            new TaskGroupOptions { Name = "part" }, parent, new HostContext { IsPartOfParent = true });
        Gate release = new();
        Task child = part.Run(_ => release.WaitAsync(CancellationToken.None), "child");
        List<TaskGroup> groups = [];

        TaskGroupSnapshot whole = SnapshotBuilder.Take(parent, groups, int.MaxValue);
        TaskGroupSnapshot first = SnapshotBuilder.Take(parent, null, maxEntries: 1);

        Assert.Equal(["hosted", "child"], whole.Entries.Select(each => each.Name));
        Assert.Equal((whole.Entries[0].Id, 1), (whole.Entries[1].ParentId, whole.Entries[0].RunningCount));
        Assert.Equal([parent], groups);
        Assert.Equal("hosted", Assert.Single(first.Entries).Name);
        release.Open();
        await child.WithWatchdog();
        await part.CloseAsync().WithWatchdog();
        await parent.CloseAsync().WithWatchdog();
    }

    // R49
    [Fact]
    public async Task CallersDeadline_WhenItRunsOut_IsNamedInsteadOfTheTimeout()
    {
        ManualClock clock = new();
        GroupSettings settings = GroupSettings.Read(
            new TaskGroupOptions { Name = "hosted", Timeout = TimeSpan.FromMinutes(1), TimeProvider = clock }, null);
        TaskGroup group = TaskGroup.Open(
            settings, "hosted", null, CancellationToken.None, TimeSpan.FromSeconds(2), isLimitCallers: true);
        Assert.True(group.HasCallersDeadline);
        Assert.Null(group.TimeoutFailure);
        Task child = group.Run(ct => Task.Delay(Timeout.Infinite, ct), "child");

        clock.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
        OperationCanceledException refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => group.Run(_ => Task.CompletedTask).WithWatchdog());
        Assert.Contains("caller's deadline", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(group.TimeoutFailure);
        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(() => group.CloseAsync().WithWatchdog());
        Assert.Contains("its caller's deadline, which left it 2 s", thrown.Message, StringComparison.Ordinal);
    }

    // R23: one timer for all such groups is the host's, and so is the moment from which the time counts
    [Theory]
    [InlineData(6, 6)]
    [InlineData(-1, 0)]
    public async Task WatchedTimeout_OfAGroup_HasNoTimerAndWhatTheWatchSaysIsLeft(int left, int remaining)
    {
        ManualClock clock = new();
        GroupSettings settings = GroupSettings.Read(
            new TaskGroupOptions { Timeout = TimeSpan.FromSeconds(10), TimeProvider = clock }, null)
            .WithWatchedTimeout(new Watch(TimeSpan.FromSeconds(left)));
        TaskGroup group = TaskGroup.Open(settings, "hosted", null, CancellationToken.None);

        Assert.Equal(TimeSpan.FromSeconds(remaining), group.RemainingTime);
        Assert.Null(group.Contingent?.TimeoutTimer);
        group.Owner = this;
        Assert.Same(this, group.Owner);
        await group.CloseAsync().WithWatchdog();
        Assert.Null(group.Owner);
        Assert.Null(TaskGroup.Open(new TaskGroupOptions()).Owner);
    }

    [Fact]
    public void With_AnotherKind_KeepsEverythingElse()
    {
        HostContext host = new() { Services = this, CompletedHint = "the old hint", Kind = GroupKind.Request };

        HostContext connection = host.With(GroupKind.Connection);
        HostContext job = host.With(GroupKind.Job, "the new hint");

        Assert.Equal((GroupKind.Connection, "the old hint", this), (connection.Kind, connection.CompletedHint, connection.Services));
        Assert.Equal((GroupKind.Job, "the new hint", this), (job.Kind, job.CompletedHint, job.Services));
    }

    // R4: a host is told of what the group of a long scope refuses
    [Fact]
    public async Task ChildRefused_WhenTheGroupIsEnding_IsToldToTheHost()
    {
        List<ITaskGroup> told = [];
        TaskGroup group = TaskGroup.Open(Tracked, hostContext: new HostContext { ChildRefused = told.Add });
        await group.Run(_ => Task.CompletedTask).WithWatchdog();
        Assert.Empty(told);

        group.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.Run(_ => Task.CompletedTask).WithWatchdog());

        Assert.Equal([group], told);
        await group.CloseAsync().WithWatchdog();
    }

    // R48: a host that meets the task as an unobserved one learns whose it is
    [Fact]
    public async Task FailedGroup_OfTheTaskOfANestedGroup_NamesTheGroup()
    {
        TaskGroup outer = TaskGroup.Open(Tracked, hostContext: new HostContext { Services = this });
        Task nested = outer.RunGroupAsync(
            _ => Task.FromException(new InvalidDataException()), new TaskGroupOptions { Name = "nested" });
        await Assert.ThrowsAsync<InvalidDataException>(() => nested.WithWatchdog());

        Assert.Equal(new FailedGroup("nested", this), FailedGroup.Of(nested));
        Assert.Null(FailedGroup.Of(Task.CompletedTask));
        Assert.Null(FailedGroup.Of("no task"));
        await outer.CloseAsync().WithWatchdog();
    }

    // R49
    [Theory]
    [InlineData(CancellationReason.HostStopping, "the application is shutting down")]
    [InlineData(CancellationReason.Requested, "Cancel was called")]
    public async Task Run_OnAGroupThatWasCanceled_SaysByWhom(CancellationReason reason, string who)
    {
        TaskGroup group = TaskGroup.Open(Tracked);
        group.Cancel(reason);

        OperationCanceledException refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => group.Run(_ => Task.CompletedTask).WithWatchdog());

        Assert.Equal($"The task group 'hosted' was canceled: {who}.", refused.Message);
        await Record.ExceptionAsync(() => group.CloseAsync().WithWatchdog());
    }

    private sealed class Watch(TimeSpan left) : ITimeoutWatch
    {
        public TimeSpan LeftOf(IObservedGroup group) => left;
    }
}
