using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The application's own way to open a group.</summary>
public sealed class TaskGroupFactoryTests : IAsyncLifetime
{
    private readonly Trail _trail = new();
    private TestHost _host = null!;

    private ITaskGroupFactory Groups => _host.Services.GetRequiredService<ITaskGroupFactory>();

    private Exception? DisposalFailure { get; set; }

    public async ValueTask InitializeAsync() =>
        _host = await TestHost.StartAsync(after: services => services
            .AddScoped(_ => new Resource(_trail, "resource", DisposalFailure))
            .AddScoped<Late>()
            .AddScoped<Early>());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    // R1
    [Fact]
    public async Task RunAsync_WhenChildrenRun_WaitsForThemAndYieldsTheBodysValue()
    {
        Gate released = new();
        Task<int> group = Groups.RunAsync(tasks =>
        {
            tasks.Run(async _ =>
            {
                await released.WaitAsync(CancellationToken.None);
                _trail.Add("child");
            });
            return Task.FromResult(1);
        });

        Assert.False(group.IsCompleted);
        released.Open();

        Assert.Equal(1, await group.WithWatchdog());
        Assert.Equal(["child"], _trail.Steps);
    }

    // The group is called what the developer wrote
    [Fact]
    public async Task RunAsync_WithoutAName_IsNamedAfterTheCaller()
    {
        string? name = null;
        string? chosen = null;

        await Groups.RunAsync(tasks => Task.FromResult(name = tasks.Name)).WithWatchdog();
        await Groups.RunAsync(tasks => Task.FromResult(chosen = tasks.Name), new TaskGroupOptions { Name = "import" }).WithWatchdog();

        Assert.Equal((nameof(RunAsync_WithoutAName_IsNamedAfterTheCaller), "import"), (name, chosen));
    }

    // R10: the outcome is that of TaskGroup.RunAsync
    [Fact]
    public async Task RunAsync_WhenChildrenFail_ThrowsTheFirstAndListsAll()
    {
        Exception[] failures = [new IOException("first"), new FormatException("second")];

        Task group = Groups.RunAsync(
            tasks =>
            {
                tasks.Run(_ => Task.FromException(failures[0]));
                tasks.Run(_ => Task.FromException(failures[1]));
                return Task.CompletedTask;
            },
            new TaskGroupOptions { FailurePolicy = FailurePolicy.CollectAll });

        Assert.Same(failures[0], await Assert.ThrowsAsync<IOException>(() => group.WithWatchdog()));
        Assert.Equal(failures, group.Exception!.InnerExceptions);
    }

    // R18
    [Fact]
    public async Task RunAsync_WhenTheCallersTokenFires_ThrowsWithThatToken()
    {
        using var caller = new CancellationTokenSource();
        Gate started = new();
        Task group = Groups.RunAsync(
            tasks =>
            {
                started.Open();
                return Task.Delay(Timeout.Infinite, tasks.CancellationToken);
            },
            cancellationToken: caller.Token);
        await started.WaitAsync().WithWatchdog();

        await caller.CancelAsync();

        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.WithWatchdog());
        Assert.Equal(caller.Token, thrown.CancellationToken);
    }

    // Logged like the others (R14)
    [Fact]
    public async Task RunAsync_WhenAFailureCannotBeThrown_LogsIt()
    {
        var second = new IOException("second");
        await Groups.RunAsync(
            async tasks =>
            {
                Task first = tasks.Run(_ => Task.FromException(new InvalidOperationException("first")));
                await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw second;
            },
            new TaskGroupOptions { Name = "import" }).ContinueWith(_ => { }, TaskScheduler.Default).WithWatchdog();

        LogEntry warning = Assert.Single(_host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal(("import", second), (warning["TaskGroup"], warning.Exception));
    }

    // R23: the application's clock
    [Fact]
    public async Task RunAsync_WithATimeout_UsesTheApplicationsClock()
    {
        TimeSpan limit = TimeSpan.FromMinutes(3);
        Task group = Groups.RunAsync(
            tasks => Task.Delay(Timeout.Infinite, tasks.CancellationToken), new TaskGroupOptions { Timeout = limit });

        await _host.PassAsync(limit);

        await Assert.ThrowsAsync<TimeoutException>(() => group.WithWatchdog());
    }

    // R33: soft when the host begins to stop, hard where shutdown cancels
    [Fact]
    public async Task RunAsync_WhenTheHostStops_IsToldAndThenCanceled()
    {
        Gate stopping = new();
        Task background = await _host.RunningAsync("long", ct => Task.Delay(Timeout.Infinite, ct));
        Task group = Groups.RunAsync(async tasks =>
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, tasks.StoppingToken));
            _trail.Add($"told: {tasks.CancellationReason}");
            stopping.Open();
            try
            {
                await Task.Delay(Timeout.Infinite, tasks.CancellationToken);
            }
            finally
            {
                _trail.Add($"canceled: {tasks.CancellationReason}");
            }
        });

        Task stop = _host.StopAsync();
        await stopping.WaitAsync().WithWatchdog();
        await _host.PassDrainTimeoutAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.WithWatchdog());
        await stop;
        Assert.Equal(["told: None", "canceled: HostStopping"], _trail.Steps);
        Assert.True(background.IsCanceled);
    }

    // R33: the last word is the container's
    [Fact]
    public async Task RunAsync_WhenTheContainerIsDisposed_IsCanceled()
    {
        ServiceProvider services = new ServiceCollection().AddTaskGroups().BuildServiceProvider();
        ITaskGroupFactory groups = services.GetRequiredService<ITaskGroupFactory>();
        Task group = groups.RunAsync(tasks => Task.Delay(Timeout.Infinite, tasks.CancellationToken));

        await services.DisposeAsync().AsTask().WithWatchdog();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group.WithWatchdog());
        bool invoked = false;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => groups.RunAsync(_ => Task.FromResult(invoked = true)).WithWatchdog());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => groups.RunInScopeAsync(_ => Task.FromResult(invoked = true)).WithWatchdog());
        Assert.False(invoked);
    }

    // Design 9.4: no host
    [Fact]
    public async Task RunAsync_InABareContainer_RunsScopedChildren()
    {
        await using ServiceProvider services = new ServiceCollection().AddTaskGroups().AddScoped<Early>().AddScoped<Late>()
            .AddScoped(_ => new Resource(_trail, "resource", null)).BuildServiceProvider();

        await services.GetRequiredService<ITaskGroupFactory>().RunAsync(async tasks =>
        {
            await Task.WhenAll(
                tasks.RunScoped((Resource resource, CancellationToken _) => Task.FromResult(resource)),
                tasks.RunGroupAsync(nested => nested.RunScoped((Resource resource, CancellationToken _) => Task.FromResult(resource))));
        }).WithWatchdog();

        Assert.Equal(["resource disposed", "resource disposed"], _trail.Steps);
    }

    // R37: the join comes before the disposal, whatever the order in which services were made
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunInScopeAsync_WhenTheScopesGroupHasChildren_JoinsThemBeforeTheScopeIsDisposed(bool groupFirst)
    {
        Gate released = new();
        Task run = Groups.RunInScopeAsync(services =>
        {
            (ITaskGroup tasks, Resource resource) = groupFirst
                ? services.GetRequiredService<Early>().Get()
                : services.GetRequiredService<Late>().Get();
            Assert.Same(tasks, services.GetRequiredService<ITaskGroup>());
            tasks.Run(async _ =>
            {
                await released.WaitAsync(CancellationToken.None);
                _trail.Add(resource.IsDisposed ? "too late" : "in time");
            });
            return Task.CompletedTask;
        });

        Assert.False(run.IsCompleted);
        released.Open();
        await run.WithWatchdog();

        Assert.Equal(["in time", "resource disposed"], _trail.Steps);
    }

    // R9, R10: the body is the first child of the scope's group
    [Fact]
    public async Task RunInScopeAsync_WhenAChildFails_CancelsTheBodyAndThrowsThat()
    {
        var failure = new FormatException();

        Task<int> run = Groups.RunInScopeAsync(async services =>
        {
            services.GetRequiredService<Resource>();
            ITaskGroup tasks = services.GetRequiredService<ITaskGroup>();
            tasks.Run(_ => Task.FromException(failure));
            await Task.Delay(Timeout.Infinite, tasks.CancellationToken);
            return 1;
        });

        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => run.WithWatchdog()));
        Assert.Equal(["resource disposed"], _trail.Steps);
        Assert.Empty(_host.Log.OfTaskGroups(LogLevel.Warning));
    }

    [Fact]
    public async Task RunInScopeAsync_WithOptions_AppliesThemToTheScopesGroup()
    {
        string name = await Groups.RunInScopeAsync(
            services => Task.FromResult(services.GetRequiredService<ITaskGroup>().Name), new TaskGroupOptions { Name = "message" })
            .WithWatchdog();
        string caller = await Groups.RunInScopeAsync(services => Task.FromResult(services.GetRequiredService<ITaskGroup>().Name))
            .WithWatchdog();

        Assert.Equal(("message", nameof(RunInScopeAsync_WithOptions_AppliesThemToTheScopesGroup)), (name, caller));
        await Assert.ThrowsAsync<OperationCanceledException>(() => Groups.RunInScopeAsync(
            _ => Task.FromResult(_trail.Steps), cancellationToken: new CancellationToken(canceled: true)).WithWatchdog());
        await Assert.ThrowsAsync<TimeoutException>(() => Groups.RunInScopeAsync(
            _ => Task.FromResult(_trail.Steps), new TaskGroupOptions { Timeout = TimeSpan.Zero }).WithWatchdog());
    }

    // R14: neither failure is lost
    [Fact]
    public async Task RunInScopeAsync_WhenTheDisposalFails_ThrowsOrLogsThat()
    {
        DisposalFailure = new IOException("cannot close");
        var failure = new FormatException();

        Task alone = Groups.RunInScopeAsync(services => Task.FromResult(services.GetRequiredService<Resource>()));
        Assert.Same(DisposalFailure, await Assert.ThrowsAsync<IOException>(() => alone.WithWatchdog()));
        Assert.Empty(_host.Log.OfTaskGroups(LogLevel.Warning));

        Task both = Groups.RunInScopeAsync(services =>
        {
            services.GetRequiredService<Resource>();
            return Task.FromException(failure);
        });
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => both.WithWatchdog()));
        Assert.Same(DisposalFailure, Assert.Single(_host.Log.OfTaskGroups(LogLevel.Warning)).Exception);
    }

    // R45
    [Fact]
    public async Task RunInScopeAsync_WithAnInitializer_CopiesFromItsScopeToThoseOfItsChildren()
    {
        await using ServiceProvider services = new ServiceCollection().AddTaskGroups().AddScoped<List<string>>()
            .AddChildScopeInitializer((parent, child) =>
                child.GetRequiredService<List<string>>().AddRange(parent.GetRequiredService<List<string>>()))
            .BuildServiceProvider();

        List<string> seen = await services.GetRequiredService<ITaskGroupFactory>().RunInScopeAsync(scope =>
        {
            scope.GetRequiredService<List<string>>().Add("tenant");
            return scope.GetRequiredService<ITaskGroup>().RunScoped((List<string> own, CancellationToken _) => Task.FromResult(own));
        }).WithWatchdog();

        Assert.Equal(["tenant"], seen);
    }

    // R36: in a background child it is the caller's, like any other call
    [Fact]
    public async Task RunInScopeAsync_InABackgroundChild_FailsThatChildOnce()
    {
        Task child = _host.Background.Run(
            ct => Groups.RunInScopeAsync(_ => Task.FromException(new FormatException()), cancellationToken: ct), "message");

        await Assert.ThrowsAsync<FormatException>(() => child.WithWatchdog());

        Assert.Equal("message", Assert.Single(_host.Log.OfTaskGroups(LogLevel.Warning))["Child"]);
    }

    // C01
    [Fact]
    public void Run_WhenGivenNullOrBadOptions_Throws()
    {
        Refused.ForNull("body", () => Groups.RunAsync((Func<ITaskGroup, Task>)null!));
        Refused.ForNull("body", () => Groups.RunAsync((Func<ITaskGroup, Task<int>>)null!));
        Refused.ForNull("body", () => Groups.RunInScopeAsync((Func<IServiceProvider, Task>)null!));
        Refused.ForNull("body", () => Groups.RunInScopeAsync((Func<IServiceProvider, Task<int>>)null!));
        Refused.With<ArgumentOutOfRangeException>(
            () => Groups.RunInScopeAsync(_ => Task.CompletedTask, new TaskGroupOptions { MaxConcurrency = 0 }));
    }

    private sealed class Early(ITaskGroup tasks, Resource resource)
    {
        public (ITaskGroup Tasks, Resource Resource) Get() => (tasks, resource);
    }

    private sealed class Late(Resource resource, ITaskGroup tasks)
    {
        public (ITaskGroup Tasks, Resource Resource) Get() => (tasks, resource);
    }
}
