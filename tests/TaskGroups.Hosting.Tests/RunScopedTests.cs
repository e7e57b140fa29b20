using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>R37: children with a DI scope of their own.</summary>
public sealed class RunScopedTests : IAsyncLifetime
{
    private readonly Trail _trail = new();
    private TestHost _host = null!;
    private AsyncServiceScope _scope;

    private Exception? DisposalFailure { get; set; }

    private ITaskGroup Tasks => _scope.ServiceProvider.GetRequiredService<ITaskGroup>();

    public ValueTask InitializeAsync()
    {
        _host = TestHost.Build(after: services => services
            .AddScoped(_ => new Resource(_trail, "resource", DisposalFailure))
            .AddScoped<Db>());
        _scope = _host.Services.CreateAsyncScope();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        await _host.DisposeAsync();
    }

    // R37
    [Fact]
    public async Task RunScoped_WhenSeveralChildrenRun_GivesEachItsOwnService()
    {
        Gate all = new(opensAfter: 4);
        Db mine = _scope.ServiceProvider.GetRequiredService<Db>();

        Db[] used = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Tasks.RunScoped(async (Db db, CancellationToken ct) =>
        {
            Assert.False(db.IsDisposed);
            all.Open();
            await all.WaitAsync(ct);
            return db;
        }))).WithWatchdog();

        Assert.Equal(5, used.Append(mine).Distinct().Count());
        Assert.All(used, db => Assert.True(db.IsDisposed));
        Assert.False(mine.IsDisposed);
    }

    // R37: the caller's scope may end first
    [Fact]
    public async Task RunScoped_OnABackgroundGroup_OutlivesTheCallersScope()
    {
        Gate released = new();
        Gate started = new();
        Task<bool> child;
        await using (AsyncServiceScope request = _host.Services.CreateAsyncScope())
        {
            request.ServiceProvider.GetRequiredService<Db>();
            child = _host.Background.RunScoped(async (Db db, CancellationToken _) =>
            {
                started.Open();
                await released.WaitAsync(CancellationToken.None);
                return db.IsDisposed;
            });
            await started.WaitAsync().WithWatchdog();
        }

        released.Open();

        Assert.False(await child.WithWatchdog());
    }

    // R37: the join comes before the disposal
    [Fact]
    public async Task RunScoped_WhenTheScopesGroupHasChildren_JoinsThemBeforeTheScopeIsDisposed()
    {
        Gate released = new();
        Task child = Tasks.RunScoped((IServiceProvider scope, CancellationToken _) =>
        {
            ITaskGroup group = scope.GetRequiredService<ITaskGroup>();
            Resource resource = scope.GetRequiredService<Resource>(); // younger than the group: the container disposes it first
            group.Run(async _ =>
            {
                await released.WaitAsync(CancellationToken.None);
                _trail.Add(resource.IsDisposed ? "too late" : "in time");
            });
            return Task.CompletedTask;
        });

        Assert.False(child.IsCompleted);
        released.Open();
        await child.WithWatchdog();

        Assert.Equal(["in time", "resource disposed"], _trail.Steps);
    }

    // The scope's group is nested in the group
    [Fact]
    public async Task RunScoped_WhenTheOuterGroupIsCanceled_CancelsTheScopesGroup()
    {
        ITaskGroup tasks = Tasks;
        Gate started = new();
        ITaskGroup? inner = null;
        Task child = tasks.RunScoped(
            async (ITaskGroup group, CancellationToken _) =>
            {
                inner = group;
                started.Open();
                await group.Run(ct => Task.Delay(Timeout.Infinite, ct));
            },
            "query");
        await started.WaitAsync().WithWatchdog();
        Assert.Equal(["scope", "query", "query"], tasks.GetSnapshot().Entries.Take(3).Select(each => each.Name));

        tasks.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
        Assert.NotSame(tasks, inner);
        Assert.Equal(CancellationReason.CallerCanceled, inner!.CancellationReason);
    }

    // R10, R37
    [Fact]
    public async Task RunScoped_WhenTheWorkFails_ThrowsTheOriginalExceptionAfterTheDisposal()
    {
        var failure = new InvalidOperationException("no");

        Task child = Tasks.RunScoped((Resource _, CancellationToken _) => Task.FromException(failure));

        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog()));
        Assert.Equal(["resource disposed"], _trail.Steps);
    }

    // R12: the child of the scope's group that failed first is what is thrown
    [Fact]
    public async Task RunScoped_WhenAChildOfTheScopesGroupFails_ThrowsThat()
    {
        Task child = Tasks.RunScoped(async (ITaskGroup group, CancellationToken _) =>
        {
            group.Run(_ => throw new InvalidOperationException("inner"));
            await Task.Delay(Timeout.Infinite, group.CancellationToken);
        });

        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());
        Assert.Equal("inner", thrown.Message);
    }

    // R14: neither failure is lost, and the first is thrown
    [Fact]
    public async Task RunScoped_WhenWorkAndDisposalFail_ThrowsTheWorksFailureAndReportsTheOther()
    {
        DisposalFailure = new IOException("cannot close");
        var failure = new InvalidOperationException("no");

        Task child = Tasks.RunScoped((Resource _, CancellationToken _) => Task.FromException(failure), "query");

        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog()));
        LogEntry warning = Assert.Single(_host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Same(DisposalFailure, warning.Exception);
    }

    // R14
    [Fact]
    public async Task RunScoped_WhenOnlyTheDisposalFails_FailsTheChild()
    {
        DisposalFailure = new IOException("cannot close");

        Task<int> child = Tasks.RunScoped((Resource _, CancellationToken _) => Task.FromResult(1));

        Assert.Same(DisposalFailure, await Assert.ThrowsAsync<IOException>(() => child.WithWatchdog()));
    }

    // R16
    [Fact]
    public async Task RunScoped_WhenTheDelegateThrowsOrReturnsNull_FailsTheChild()
    {
        await using AsyncServiceScope one = _host.Services.CreateAsyncScope();
        await using AsyncServiceScope two = _host.Services.CreateAsyncScope();
        await using AsyncServiceScope three = _host.Services.CreateAsyncScope();

        Task thrown = one.ServiceProvider.GetRequiredService<ITaskGroup>()
            .RunScoped(Task (Db _, CancellationToken _) => throw new IOException());
        Task none = two.ServiceProvider.GetRequiredService<ITaskGroup>().RunScoped((Db _, CancellationToken _) => (Task)null!);
        Task<int> noValue = three.ServiceProvider.GetRequiredService<ITaskGroup>()
            .RunScoped((Db _, CancellationToken _) => (Task<int>)null!);

        await Assert.ThrowsAsync<IOException>(() => thrown.WithWatchdog());
        Assert.Contains(
            "null",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => none.WithWatchdog())).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "null",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => noValue.WithWatchdog())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunScoped_WhenTheServiceIsMissing_FailsTheChildAndDisposesTheScope()
    {
        Task child = Tasks.RunScoped((Uri _, CancellationToken _) => Task.CompletedTask);

        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());
        Assert.Contains(nameof(Uri), thrown.Message, StringComparison.Ordinal);
    }

    // R4
    [Fact]
    public async Task RunScoped_WhenTheGroupIsCanceled_OpensNoScope()
    {
        ITaskGroup tasks = Tasks;
        tasks.Cancel();
        bool invoked = false;

        Task child = tasks.RunScoped((Resource _, CancellationToken _) =>
        {
            invoked = true;
            return Task.CompletedTask;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WithWatchdog());
        Assert.False(invoked);
        Assert.Empty(_trail.Steps);
    }

    // R18: a scope's group that is left early by Cancel() ends normally; a value cannot be had from it
    [Fact]
    public async Task RunScoped_WhenTheScopesGroupWasCanceledByTheWork_EndsLikeRunAsync()
    {
        Task child = Tasks.RunScoped(async (ITaskGroup group, CancellationToken _) =>
        {
            group.Cancel();
            await Task.Delay(Timeout.Infinite, group.CancellationToken);
        });

        await child.WithWatchdog();
        Task<int> value = Tasks.RunScoped(async (ITaskGroup group, CancellationToken _) =>
        {
            group.Cancel();
            await Task.Delay(Timeout.Infinite, group.CancellationToken);
            return 1;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => value.WithWatchdog());
    }

    // R11: obeying the soft signal is no failure, even where a value is missing then
    [Fact]
    public async Task RunScoped_WhenTheWorkObeysTheSoftSignal_DoesNotFailTheGroup()
    {
        ITaskGroup tasks = Tasks;
        Task<int> value = tasks.RunScoped(async (ITaskGroup group, CancellationToken _) =>
        {
            await Task.Delay(Timeout.Infinite, group.StoppingToken);
            return 1;
        });

        tasks.Stop();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => value.WithWatchdog());
        Assert.Equal(CancellationReason.None, tasks.CancellationReason);
    }

    // R36: the child's failure is the one that is logged, once, wherever in its scope it began
    [Fact]
    public async Task RunScoped_OnABackgroundGroup_LogsTheFailureOfItsScopesGroupOnce()
    {
        Task child = _host.Background.RunScoped(
            (ITaskGroup group, CancellationToken _) => group.Run(_ => throw new InvalidOperationException("inner")), "outer");

        await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());

        LogEntry error = Assert.Single(_host.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal((LogLevel.Error, "background", "outer"), (error.Level, error["TaskGroup"], error["Child"]));
    }

    // Groups nested in groups from DI
    [Fact]
    public async Task RunScoped_OnANestedGroup_Works()
    {
        Db? used = null;

        await Tasks.RunGroupAsync(group => group.RunGroupAsync(inner => inner.RunScoped((Db db, CancellationToken _) =>
        {
            used = db;
            return Task.CompletedTask;
        }))).WithWatchdog();

        Assert.True(used!.IsDisposed);
    }

    // R37: several services of one scope
    [Fact]
    public async Task RunScoped_WithSeveralServices_TakesThemFromOneScope()
    {
        List<object> used = [];
        await Tasks.RunScoped((Db db, Resource resource, CancellationToken _) =>
        {
            used.AddRange([db, resource]);
            return Task.CompletedTask;
        }).WithWatchdog();
        await Tasks.RunScoped((Db db, Resource resource, IServiceProvider scope, CancellationToken _) =>
        {
            Assert.Same(db, scope.GetRequiredService<Db>());
            Assert.Same(resource, scope.GetRequiredService<Resource>());
            used.AddRange([db, resource]);
            return Task.CompletedTask;
        }).WithWatchdog();
        int two = await Tasks.RunScoped((Db db, Resource _, CancellationToken _) =>
        {
            used.Add(db);
            return Task.FromResult(2);
        }).WithWatchdog();
        int three = await _host.Background.RunScoped((Db db, Resource _, ITaskGroup _, CancellationToken _) =>
        {
            used.Add(db);
            return Task.FromResult(3);
        }).WithWatchdog();

        Assert.Equal((2, 3), (two, three));
        Assert.Equal(6, used.Distinct().Count());
        Assert.All(used.OfType<Db>(), db => Assert.True(db.IsDisposed));
    }

    // R37: the scope ends although one of its services cannot be had
    [Fact]
    public async Task RunScoped_WhenOneOfSeveralServicesIsMissing_FailsTheChildAndDisposesTheScope()
    {
        Task child = Tasks.RunScoped((Resource _, Uri _, CancellationToken _) => Task.CompletedTask);

        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());
        Assert.Contains(nameof(Uri), thrown.Message, StringComparison.Ordinal);
        Assert.Equal(["resource disposed"], _trail.Steps);
    }

    // RunScoped within RunScoped
    [Fact]
    public async Task RunScoped_OnTheGroupOfAChildsScope_OpensAScopeOfItsOwn()
    {
        (Db outer, Db inner) = await Tasks.RunScoped(async (IServiceProvider scope, CancellationToken _) =>
        {
            Db inner = await scope.GetRequiredService<ITaskGroup>().RunScoped((Db db, CancellationToken _) => Task.FromResult(db));
            return (scope.GetRequiredService<Db>(), inner);
        }).WithWatchdog();

        Assert.NotSame(outer, inner);
    }

    [Fact]
    public async Task RunScoped_OnAGroupFromElsewhere_NamesAddTaskGroups()
    {
        await TaskGroup.RunAsync(group =>
        {
            Exception refused = Refused.With<InvalidOperationException>(
                () => group.RunScoped((Db _, CancellationToken _) => Task.CompletedTask));
            Assert.Contains("AddTaskGroups", refused.Message, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
        Exception foreign = Refused.With<InvalidOperationException>(
            () => new ForeignGroup().RunScoped((Db _, CancellationToken _) => Task.FromResult(1)));
        Assert.Contains("AddTaskGroups", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RunScoped_WhenGivenNull_ThrowsArgumentNullException()
    {
        Refused.ForNull("group", () => ((ITaskGroup)null!).RunScoped((Db _, CancellationToken _) => Task.CompletedTask));
        Refused.ForNull("work", () => Tasks.RunScoped((Func<Db, CancellationToken, Task>)null!));
        Refused.ForNull("work", () => Tasks.RunScoped((Func<Db, CancellationToken, Task<int>>)null!));
        Refused.ForNull("work", () => Tasks.RunScoped((Func<Db, Resource, CancellationToken, Task>)null!));
        Refused.ForNull("work", () => Tasks.RunScoped((Func<Db, Resource, Trail, CancellationToken, Task<int>>)null!));
        Refused.ForNull("group", () => ((ITaskGroup)null!).RunScoped((Db _, Resource _, CancellationToken _) => Task.CompletedTask));
    }

    // An application that is gone opens no scope
    [Fact]
    public async Task RunScoped_WhenTheContainerIsDisposed_SaysSo()
    {
        ITaskGroup tasks = Tasks;
        GroupServices services = GroupServices.Of(tasks);
        await _host.DisposeAsync();

        Assert.Contains(
            "shut down",
            Assert.Throws<InvalidOperationException>(() => services.CreateScope()).Message,
            StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => tasks.RunScoped((Db _, CancellationToken _) => Task.CompletedTask).WithWatchdog());
    }

    // The child is called what the developer wrote
    [Fact]
    public async Task RunScoped_WithoutAName_IsNamedAfterItsText()
    {
        _host.Background.RunScoped((Uri _, CancellationToken _) => Task.CompletedTask);

        LogEntry error = await _host.Log.WaitForAsync(each => each.Level == LogLevel.Error).WithWatchdog();

        Assert.Equal("Task.CompletedTask", error["Child"]);
    }

    private sealed class Db : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
