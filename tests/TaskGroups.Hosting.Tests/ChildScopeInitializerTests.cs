using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>R45: what a child's scope takes over from the scope that started it.</summary>
public sealed class ChildScopeInitializerTests
{
    private static Action<IServiceProvider, IServiceProvider> CopyTenant { get; } =
        static (parent, child) => child.GetRequiredService<Tenant>().Id = parent.GetRequiredService<Tenant>().Id;

    // R45
    [Fact]
    public async Task RunScoped_WithAnInitializer_RunsItBeforeTheServiceIsResolved()
    {
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer(CopyTenant));
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");

        string? seen = await Tasks(scope).RunScoped((Db db, CancellationToken _) => Task.FromResult(db.TenantWhenMade)).WithWatchdog();

        Assert.Equal("a", seen);
    }

    // R45: a nested group and a child's scope know the scope around them
    [Fact]
    public async Task RunScoped_OnNestedGroupsAndScopes_CopiesFromTheNearestScope()
    {
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer(CopyTenant));
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");

        string?[] seen = await Tasks(scope).RunGroupAsync(group => group.RunScoped(async (IServiceProvider child, CancellationToken _) =>
        {
            string? first = child.GetRequiredService<Tenant>().Id;
            child.GetRequiredService<Tenant>().Id = "b";
            string? second = await child.GetRequiredService<ITaskGroup>()
                .RunScoped((Db db, CancellationToken _) => Task.FromResult(db.TenantWhenMade));
            return (string?[])[first, second];
        })).WithWatchdog();

        Assert.Equal<IEnumerable<string?>>(["a", "b"], seen);
    }

    // R45
    [Fact]
    public async Task RunScoped_WithSeveralInitializers_RunsThemInTheOrderOfTheirRegistrationOnTheChildsThread()
    {
        Trail trail = new();
        int thread = 0;
        await using ServiceProvider services = Build(added => added
            .AddChildScopeInitializer((_, _) =>
            {
                trail.Add("first");
                thread = Environment.CurrentManagedThreadId;
            })
            .AddChildScopeInitializer((_, _) => trail.Add("second")));
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");

        int own = await Tasks(scope).RunScoped(
            (Db _, CancellationToken _) => Task.FromResult(Environment.CurrentManagedThreadId)).WithWatchdog();

        Assert.Equal(["first", "second"], trail.Steps);
        Assert.Equal(own, thread);
    }

    // R45: services of a scope are for one thread at a time
    [Fact]
    public async Task RunScoped_WhenManyChildrenStartAtOnce_InitializesOneAtATimeForEachParentScope()
    {
        int running = 0;
        int most = 0;
        int count = 0;
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer((_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            count++;
            Thread.SpinWait(2_000);
            Interlocked.Decrement(ref running);
        }));
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");

        await Tasks(scope).RunGroupAsync(
            group =>
            {
                for (int child = 0; child < 200; child++)
                {
                    group.RunScoped((Db _, CancellationToken _) => Task.CompletedTask);
                }

                return Task.CompletedTask;
            },
            new TaskGroupOptions { ChildStart = ChildStart.Queued }).WithWatchdog();

        Assert.Equal((1, 200), (most, count));
    }

    // R45: two parents do not wait for each other
    [Fact]
    public async Task RunScoped_FromTwoParentScopes_InitializesThemSideBySide()
    {
        using var both = new Barrier(2);
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer(
            (_, _) => Assert.True(both.SignalAndWait(WatchdogExtensions.Limit))));
        await using AsyncServiceScope one = ScopeOf(services, tenant: "a");
        await using AsyncServiceScope two = ScopeOf(services, tenant: "b");

        await Task.WhenAll(new[] { one, two }.Select(scope => Task.Run(
            () => Tasks(scope).RunScoped((Db _, CancellationToken _) => Task.CompletedTask)))).WithWatchdog();
    }

    // R45, R14: the message says whose initializer failed, and for which child
    [Fact]
    public async Task RunScoped_WhenAnInitializerThrows_FailsTheChildAndSaysWhose()
    {
        Trail trail = new();
        var failure = new FormatException("no such tenant");
        await using ServiceProvider services = Build(added => added
            .AddScoped(_ => new Resource(trail, "resource", null))
            .AddChildScopeInitializer((_, child) =>
            {
                child.GetRequiredService<Resource>();
                throw failure;
            })
            .AddChildScopeInitializer((_, _) => trail.Add("never")));
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");

        Task child = Tasks(scope).RunScoped(
            (Db _, CancellationToken _) =>
            {
                trail.Add("never");
                return Task.CompletedTask;
            },
            "query");

        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => child.WithWatchdog());
        Assert.Same(failure, thrown.InnerException);
        Assert.All(
            ["'query'", "'scope'", "GetRequiredService<Resource>()", "no such tenant", "AddChildScopeInitializer"],
            part => Assert.Contains(part, thrown.Message, StringComparison.Ordinal));
        Assert.Equal(["resource disposed"], trail.Steps);
        Assert.Equal(CancellationReason.ChildFailed, Tasks(scope).CancellationReason); // R9
    }

    // R45: the parent of background work may be gone
    [Fact]
    public async Task RunScoped_OnABackgroundGroup_RunsNoInitializer()
    {
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer(CopyTenant));
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");

        string? seen = await services.GetRequiredService<IBackgroundTaskGroup>()
            .RunScoped((Db db, CancellationToken _) => Task.FromResult(db.TenantWhenMade)).WithWatchdog();

        Assert.Null(seen);
    }

    // R45: a background child's own scope is the parent of what it starts there
    [Fact]
    public async Task RunScoped_InABackgroundChildsScope_CopiesFromThatScope()
    {
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer(CopyTenant));

        string? seen = await services.GetRequiredService<IBackgroundTaskGroup>().RunScoped(
            child => child.GetRequiredService<Tenant>().Id = "a",
            (ITaskGroup tasks, CancellationToken _) => tasks.RunScoped(
                (Db db, CancellationToken _) => Task.FromResult(db.TenantWhenMade))).WithWatchdog();

        Assert.Equal("a", seen);
    }

    // R45: the delegate of the call comes after the initializers, and before the service
    [Fact]
    public async Task RunScoped_WithConfigureScope_RunsItAfterTheInitializers()
    {
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer(CopyTenant));
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");
        string? seen = null;

        await Tasks(scope).RunScoped(
            child => child.GetRequiredService<Tenant>().Id += "b",
            (Db db, CancellationToken _) =>
            {
                seen = db.TenantWhenMade;
                return Task.CompletedTask;
            }).WithWatchdog();

        Assert.Equal("ab", seen);
    }

    // R10: it is part of the call, so its failure is the child's, as it is
    [Fact]
    public async Task RunScoped_WhenConfigureScopeThrows_FailsTheChildWithThat()
    {
        await using ServiceProvider services = Build();
        await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");
        var failure = new FormatException();

        Task child = Tasks(scope).RunScoped(_ => throw failure, (Db _, CancellationToken _) => Task.CompletedTask);

        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => child.WithWatchdog()));
    }

    // R45: a scope that is being disposed serves nothing any more
    [Fact]
    public async Task RunScoped_WhenTheParentScopeIsDisposed_SaysSo()
    {
        Gate released = new();
        await using ServiceProvider services = Build(added => added.AddChildScopeInitializer(CopyTenant));
        AsyncServiceScope scope = ScopeOf(services, tenant: "a");
        ITaskGroup tasks = Tasks(scope);
        Task<Exception?> late = tasks.Run(async _ =>
        {
            await released.WaitAsync(CancellationToken.None);
            Task child = tasks.RunScoped((Db _, CancellationToken _) => Task.CompletedTask, "late");
            return await Record.ExceptionAsync(() => child);
        });
        Task disposal = scope.DisposeAsync().AsTask();

        released.Open();

        Exception? thrown = Assert.IsType<InvalidOperationException>(await late.WithWatchdog());
        Assert.Contains("'late'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("disposed", thrown.Message, StringComparison.Ordinal);
        await disposal.WithWatchdog();
    }

    // C01
    [Fact]
    public async Task AddChildScopeInitializer_WhenGivenNull_ThrowsArgumentNullException()
    {
        await using ServiceProvider provider = Build();
        var background = provider.GetRequiredService<IBackgroundTaskGroup>();

        Refused.ForNull("services", () => ((IServiceCollection)null!).AddChildScopeInitializer(CopyTenant));
        Refused.ForNull("initialize", () => new ServiceCollection().AddChildScopeInitializer(null!));
        Refused.ForNull("configureScope", () => background.RunScoped(null!, (Db _, CancellationToken _) => Task.CompletedTask));
        Refused.ForNull("configureScope", () => background.RunScoped(null!, (Db _, CancellationToken _) => Task.FromResult(1)));
        Refused.ForNull("work", () => background.RunScoped(_ => { }, (Func<Db, CancellationToken, Task>)null!));
    }

    // R21: a group that is kept keeps no scope
    [Fact]
    public async Task Group_WhenCompleted_KeepsItsScopeNoMore()
    {
        await using ServiceProvider services = Build();
        (ITaskGroup group, WeakReference scope) = await UseAsync(services);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(scope.IsAlive);
        GC.KeepAlive(group);

        static async Task<(ITaskGroup Group, WeakReference Scope)> UseAsync(ServiceProvider services)
        {
            await using AsyncServiceScope scope = ScopeOf(services, tenant: "a");
            return (Tasks(scope), new WeakReference(scope.ServiceProvider.GetRequiredService<Tenant>()));
        }
    }

    private static ServiceProvider Build(Action<IServiceCollection>? configure = null)
    {
        IServiceCollection services = new ServiceCollection().AddTaskGroups().AddScoped<Tenant>().AddScoped<Db>();
        configure?.Invoke(services);
        return services.BuildServiceProvider();
    }

    private static AsyncServiceScope ScopeOf(ServiceProvider services, string tenant)
    {
        AsyncServiceScope scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Id = tenant;
        return scope;
    }

    private static ITaskGroup Tasks(AsyncServiceScope scope) => scope.ServiceProvider.GetRequiredService<ITaskGroup>();

    private sealed class Tenant
    {
        public string? Id { get; set; }
    }

    private sealed class Db(Tenant tenant)
    {
        public string? TenantWhenMade { get; } = tenant.Id;
    }
}
