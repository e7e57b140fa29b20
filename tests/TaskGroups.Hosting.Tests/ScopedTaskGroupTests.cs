using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The group of a DI scope that was made by hand.</summary>
public sealed class ScopedTaskGroupTests
{
    // Joined, at the latest, when the scope is disposed asynchronously
    [Fact]
    public async Task DisposeAsync_WhenChildrenRun_JoinsThemBeforeEarlierServicesAreDisposed()
    {
        Trail trail = new();
        await using TestHost host = TestHost.Build(after: services => services.AddScoped(_ => new Resource(trail, "resource")));
        AsyncServiceScope scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Resource>();
        Gate released = new();
        scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(async _ =>
        {
            await released.WaitAsync(CancellationToken.None);
            trail.Add("child ended");
        });

        Task disposal = scope.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted);
        released.Open();
        await disposal.WithWatchdog();

        Assert.Equal(["child ended", "resource disposed"], trail.Steps);
        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    [Fact]
    public async Task GetService_WithinAScope_IsTheSameGroupAndOutsideAnother()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope one = host.Services.CreateAsyncScope();
        await using AsyncServiceScope two = host.Services.CreateAsyncScope();

        ITaskGroup group = one.ServiceProvider.GetRequiredService<ITaskGroup>();

        Assert.Same(group, one.ServiceProvider.GetRequiredService<ITaskGroup>());
        Assert.NotSame(group, two.ServiceProvider.GetRequiredService<ITaskGroup>());
        Assert.Equal("scope", group.Name);
    }

    // R9: a scope's group fails fast like any other
    [Fact]
    public async Task Run_WhenAChildFails_CancelsTheScopesOtherChildrenOnly()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope one = host.Services.CreateAsyncScope();
        await using AsyncServiceScope two = host.Services.CreateAsyncScope();
        ITaskGroup group = one.ServiceProvider.GetRequiredService<ITaskGroup>();
        ITaskGroup other = two.ServiceProvider.GetRequiredService<ITaskGroup>();
        Task sibling = group.Run(ct => Task.Delay(Timeout.Infinite, ct));

        Task failing = group.Run(_ => throw new InvalidOperationException("no"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sibling.WithWatchdog());
        Assert.False(other.CancellationToken.IsCancellationRequested);
    }

    // R14, R28: the disposal of the group never throws, so the container disposes the rest; the failure is not lost
    [Fact]
    public async Task DisposeAsync_WhenAChildHasFailed_LogsTheFailureAndDoesNotThrow()
    {
        Trail trail = new();
        await using TestHost host = TestHost.Build(after: services => services.AddScoped(_ => new Resource(trail, "resource")));
        AsyncServiceScope scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Resource>();
        var failure = new InvalidOperationException("nobody awaited this");
        scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(_ => throw failure, "dropped");

        await scope.DisposeAsync().AsTask().WithWatchdog();

        Assert.Equal(["resource disposed"], trail.Steps);
        LogEntry error = Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal((LogLevel.Error, "scope"), (error.Level, error["TaskGroup"]));
        Assert.Same(failure, error.Exception);
    }

    // R14: what the join does not throw is a warning with the child's name; what it throws is only told at Debug
    [Fact]
    public async Task Run_WhenTwoChildrenFail_WarnsOfTheSecond()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        ITaskGroup group = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
        Gate canceled = new();
        Task second = group.Run(
            async ct =>
            {
                await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new IOException("while cleaning up");
            },
            "second");
        Task first = group.Run(_ => throw new InvalidOperationException("no"), "first");

        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => second.WithWatchdog());

        LogEntry debug = Assert.Single(host.Log.OfTaskGroups(), each => each.Level == LogLevel.Debug);
        Assert.Equal(("scope", "first", "no"), (debug["TaskGroup"], debug["Child"], debug.Exception!.Message));
        LogEntry warning = await host.Log.WaitForAsync(each => each.Level == LogLevel.Warning).WithWatchdog();
        Assert.Equal(("scope", "second", "while cleaning up"), (warning["TaskGroup"], warning["Child"], warning.Exception!.Message));
    }

    // A child that outlives its cancellation is named
    [Fact]
    public async Task Cancel_WhenAChildIgnoresIt_WarnsWithNameAndAge()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        ITaskGroup group = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
        Gate released = new();
        group.Run(_ => released.WaitAsync(CancellationToken.None), "stubborn");

        group.Cancel();
        await host.PassAsync(TimeSpan.FromSeconds(5));

        LogEntry warning = await host.Log.WaitForAsync(each => each.Level == LogLevel.Warning).WithWatchdog();
        Assert.Equal(("scope", "stubborn", 5_000d), (warning["TaskGroup"], warning["Child"], warning["ElapsedMs"]));
        released.Open();
    }

    // A synchronous disposal cancels, does not wait, and reports what still ran
    [Fact]
    public async Task Dispose_WhenChildrenRun_CancelsThemAndNamesThem()
    {
        await using TestHost host = TestHost.Build();
        IServiceScope scope = host.Services.CreateScope();
        Gate released = new();
        Task polite = scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(ct => Task.Delay(Timeout.Infinite, ct), "polite");
        Task stubborn = scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(
            async _ =>
            {
                await released.WaitAsync(CancellationToken.None);
                throw new InvalidOperationException("late");
            },
            "stubborn");

        scope.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polite.WithWatchdog());
        Assert.False(stubborn.IsCompleted);
        LogEntry warning = Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal(("scope", 2, "polite, stubborn"), (warning["TaskGroup"], warning["RunningCount"], warning["Children"]));
        released.Open();
        LogEntry error = await host.Log.WaitForAsync(each => each.Level == LogLevel.Error).WithWatchdog();
        Assert.Equal("late", error.Exception!.Message); // no code waits for the child, and its failure is logged
    }

    // R49: a circuit's scope lives on after the failure
    [Fact]
    public async Task Run_InAScopeWhoseGroupHasFailed_WarnsOnceAndNamesTheWayOut()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        ITaskGroup group = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
        InvalidOperationException failure = new("the first failure");
        await Assert.ThrowsAsync<InvalidOperationException>(() => group.Run(_ => Task.FromException(failure)).WithWatchdog());

        for (int attempt = 0; attempt < 2; attempt++)
        {
            OperationCanceledException refused =
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.Run(_ => Task.CompletedTask, "later"));
            Assert.Same(failure, refused.InnerException);
        }

        LogEntry warning = Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning), each => each.EventId.Id == 45);
        Assert.Contains("ITaskGroupFactory.RunAsync", warning.Message, StringComparison.Ordinal);
        Assert.Same(failure, warning.Exception);
    }

    // A group that was canceled on purpose is no surprise
    [Fact]
    public async Task Run_InAScopeWhoseGroupWasCanceled_DoesNotWarn()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        ITaskGroup group = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
        group.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.Run(_ => Task.CompletedTask, "later"));

        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    [Fact]
    public async Task Dispose_WhenNothingRuns_IsSilent()
    {
        await using TestHost host = TestHost.Build();
        IServiceScope scope = host.Services.CreateScope();
        await scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(_ => Task.CompletedTask);

        scope.Dispose();

        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    // R28
    [Fact]
    public async Task DisposeAsync_WhenCalledAgainAndAtOnce_JoinsOnce()
    {
        await using TestHost host = TestHost.Build();
        AsyncServiceScope scope = host.Services.CreateAsyncScope();
        Gate released = new();
        scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(async _ =>
        {
            await released.WaitAsync(CancellationToken.None);
            throw new InvalidOperationException("once");
        });
        ScopedTaskGroup holder = scope.ServiceProvider.GetRequiredService<ScopedTaskGroup>();

        Task[] disposals = [holder.DisposeAsync().AsTask(), holder.DisposeAsync().AsTask()];
        holder.Dispose();
        Assert.All(disposals, disposal => Assert.False(disposal.IsCompleted));
        released.Open();
        await Task.WhenAll(disposals).WithWatchdog();
        holder.Dispose();
        await holder.DisposeAsync();
        await scope.DisposeAsync();
        scope.Dispose();

        Assert.Single(host.Log.OfTaskGroups(LogLevel.Warning), each => each.Exception?.Message == "once");
    }

    // Asynchronously after synchronously waits after all
    [Fact]
    public async Task DisposeAsync_AfterDispose_WaitsForTheChildren()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        Gate released = new();
        scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(_ => released.WaitAsync(CancellationToken.None));
        ScopedTaskGroup holder = scope.ServiceProvider.GetRequiredService<ScopedTaskGroup>();
        holder.Dispose();

        Task disposal = holder.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted);
        released.Open();

        await disposal.WithWatchdog();
    }

    // R3, R31
    [Fact]
    public async Task Run_WhenTheScopeHasEnded_IsRefusedWithAHint()
    {
        await using TestHost host = TestHost.Build();
        AsyncServiceScope scope = host.Services.CreateAsyncScope();
        ITaskGroup group = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
        await scope.DisposeAsync();

        Exception refused = Refused.With<InvalidOperationException>(() => group.Run(_ => Task.CompletedTask, "late"));

        Assert.Contains("'scope'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("IBackgroundTaskGroup", refused.Message, StringComparison.Ordinal);
        Assert.False(group.TryRun(_ => Task.CompletedTask));
    }

    // A scope that never asks for the group has none
    [Fact]
    public async Task DisposeAsync_WhenTheGroupWasNeverAskedFor_OpensNone()
    {
        await using TestHost host = TestHost.Build();
        TaskGroup requests = host.Services.GetRequiredService<ApplicationGroups>().Requests;
        await using (AsyncServiceScope scope = host.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<ScopedTaskGroup>();
            Assert.Single(requests.GetSnapshot().Entries);
        }

        await using (AsyncServiceScope scope = host.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<ITaskGroup>();
            Assert.Equal(2, requests.GetSnapshot().Entries.Count);
        }

        Assert.Single(requests.GetSnapshot().Entries); // R24
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetService_FromTheRootProvider_SaysWhatToDo(bool validateScopes)
    {
        await using TestHost host = TestHost.Build(environment: validateScopes ? Environments.Development : Environments.Production);

        Exception refused = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<ITaskGroup>());

        Assert.Contains("root provider", refused.Message, StringComparison.Ordinal);
        if (!validateScopes)
        {
            Assert.Contains("CreateAsyncScope", refused.Message, StringComparison.Ordinal);
            Assert.Contains("IBackgroundTaskGroup", refused.Message, StringComparison.Ordinal);
        }
    }

    // Repeated, since the container compiles a call site after it was used twice
    [Fact]
    public async Task GetService_WhenASingletonWantsTheGroup_SaysWhatToDo()
    {
        await using TestHost host = TestHost.Build(after: services => services.AddSingleton<WantsGroup>());
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();

        for (int call = 0; call < 5; call++)
        {
            Exception refused = Assert.Throws<InvalidOperationException>(() => scope.ServiceProvider.GetRequiredService<WantsGroup>());
            Assert.Contains("singleton", refused.Message, StringComparison.Ordinal);
            Assert.NotNull(scope.ServiceProvider.GetRequiredService<ITaskGroup>());
        }
    }

    // With scope validation on, when the host is built
    [Fact]
    public void Build_WhenASingletonWantsTheGroupAndScopesAreValidated_Throws()
    {
        AggregateException refused = Assert.Throws<AggregateException>(() => TestHost.Build(
            after: services => services.AddSingleton<WantsGroup>(), environment: Environments.Development));

        Assert.Contains(nameof(ITaskGroup), refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(WantsGroup), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetService_WhenAScopedOrTransientServiceWantsTheGroup_GivesItTheScopesGroup()
    {
        await using TestHost host = TestHost.Build(
            after: services => services.AddTransient<WantsGroup>(), environment: Environments.Development);
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();

        Assert.Same(scope.ServiceProvider.GetRequiredService<ITaskGroup>(), scope.ServiceProvider.GetRequiredService<WantsGroup>().Group);
    }

    // R27: the group of a request's scope belongs to the request
    [Fact]
    public async Task GetService_WhenARequestServesTheScope_GivesItsGroupAndLeavesItOpen()
    {
        await using TestHost host = TestHost.Build();
        TaskGroup group = TaskGroup.Open(
            new TaskGroupOptions { Name = "GET /" },
            host.Services.GetRequiredService<ApplicationGroups>().Requests);
        AsyncServiceScope scope = host.Services.CreateAsyncScope();
        await using AsyncServiceScope other = host.Services.CreateAsyncScope();

        Assert.True(scope.ServiceProvider.GetRequiredService<ScopedGroupHolder>().TryServe(group));

        Assert.Same(group, scope.ServiceProvider.GetRequiredService<ITaskGroup>());
        Assert.NotSame(group, other.ServiceProvider.GetRequiredService<ITaskGroup>());
        await scope.DisposeAsync();

        Assert.False(group.IsCompleted);
        await group.CloseAsync();
    }

    // Two requests cannot have one scope: the first one keeps it
    [Fact]
    public async Task TryServe_WhenAnotherGroupServesTheScope_ChangesNothing()
    {
        await using TestHost host = TestHost.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        ITaskGroup first = await TaskGroup.RunAsync(Task.FromResult);
        ITaskGroup second = await TaskGroup.RunAsync(Task.FromResult);
        ScopedGroupHolder holder = scope.ServiceProvider.GetRequiredService<ScopedGroupHolder>();

        Assert.True(holder.TryServe(first));
        Assert.True(holder.TryServe(first));
        Assert.False(holder.TryServe(second));
        Assert.Same(first, holder.Group);
    }

    // R33: the soft signal reaches scopes, open ones and those opened later
    [Fact]
    public async Task StopAsync_WhenScopesAreOpen_TellsTheirGroups()
    {
        await using TestHost host = await TestHost.StartAsync();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        ITaskGroup group = scope.ServiceProvider.GetRequiredService<ITaskGroup>();

        await host.StopAsync();
        await using AsyncServiceScope later = host.Services.CreateAsyncScope();

        Assert.True(group.StoppingToken.IsCancellationRequested);
        Assert.True(later.ServiceProvider.GetRequiredService<ITaskGroup>().StoppingToken.IsCancellationRequested);
        Assert.False(group.CancellationToken.IsCancellationRequested);
    }

    // R14, R33: no code waits for the children of a scope that no service of the host holds (a hub's, a forgotten one's), so they are named
    [Fact]
    public async Task StopAsync_WhenChildrenOfScopesStillRun_NamesThemOnce()
    {
        await using TestHost host = await TestHost.StartAsync();
        Gate released = new();
        await using AsyncServiceScope idle = host.Services.CreateAsyncScope();
        await using AsyncServiceScope busy = host.Services.CreateAsyncScope();
        Assert.NotNull(idle.ServiceProvider.GetRequiredService<ITaskGroup>());
        ITaskGroup group = busy.ServiceProvider.GetRequiredService<ITaskGroup>();
        group.Run(_ => released.WaitAsync(CancellationToken.None), "save the order");
        Task nested = group.RunGroupAsync(_ => released.WaitAsync(), new TaskGroupOptions { Name = "import" });

        await host.StopAsync();
        await host.StopAsync();
        IReadOnlyList<LogEntry> warnings = host.Log.OfTaskGroups(LogLevel.Warning);
        released.Open();
        await nested.WithWatchdog();

        LogEntry warning = Assert.Single(warnings);
        Assert.Equal((2, "'save the order' of 'scope', 'import' of 'scope'"), (warning["RunningCount"], warning["Children"]));
        Assert.Contains(nameof(IBackgroundTaskGroup), warning.Message, StringComparison.Ordinal);
    }

    // R33
    [Fact]
    public async Task StopAsync_WhenScopesAreOpenAndNothingRunsInThem_IsQuiet()
    {
        await using TestHost host = await TestHost.StartAsync();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ITaskGroup>().Run(_ => Task.CompletedTask).WithWatchdog();

        await host.StopAsync();

        Assert.Empty(host.Log.OfTaskGroups(LogLevel.Warning));
    }

    // R33: what still runs when the application is gone is told
    [Fact]
    public async Task DisposeAsync_WhenAScopeWasForgotten_CancelsItsGroup()
    {
        TestHost host = await TestHost.StartAsync();
        Task child = host.Services.CreateScope().ServiceProvider.GetRequiredService<ITaskGroup>()
            .Run(ct => Task.Delay(Timeout.Infinite, ct));

        await host.StopAsync();
        await host.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
    }

#pragma warning disable TG0007 // What the container does with it is tested.
    private sealed class WantsGroup(ITaskGroup group)
#pragma warning restore TG0007
    {
        public ITaskGroup Group => group;
    }
}
