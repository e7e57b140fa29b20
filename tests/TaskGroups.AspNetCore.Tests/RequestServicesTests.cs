using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

// The platform owns the scope of a request; whatever its container, an ITaskGroup resolved there is the request's.
public sealed class RequestServicesTests
{
    public static TheoryData<string> Containers => Container.All;

    // R27, R29
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Group_InEveryContainer_IsTheRequestsAndHasItsPolicy(string container)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(container, (app, test) =>
            app.MapGet("/slow", async (ITaskGroup tasks, Visit visit, HttpContext context) =>
            {
                Assert.Same(tasks, visit.Tasks);
                Assert.Same(tasks, GroupOf(context));
                Assert.Same(tasks, context.RequestServices.GetRequiredService<ITaskGroup>());
                Task child = tasks.Run(ct => Task.Delay(Timeout.InfiniteTimeSpan, ct));
                test.Trail.Add("started");
                await child;
            }).WithTaskGroup(TimeSpan.FromSeconds(2)), builder => builder.Services.AddSingleton<TimeProvider>(clock));
        Task<HttpResponseMessage> slow = test.Client.GetAsync("/slow");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(2));

        using HttpResponseMessage response = await slow.WithWatchdog();
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    // R37
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Root_InEveryContainer_RefusesAGroup(string container)
    {
        await using TestApp test = await StartAsync(container, (_, _) => { });
        InvalidOperationException refusal = Assert.IsType<InvalidOperationException>(
            Record.Exception(() => test.App.Services.GetRequiredService<ITaskGroup>())?.GetBaseException());
        Assert.Contains("root provider", refusal.Message, StringComparison.Ordinal);
    }

    // R37: a scope made by hand, and that of a child, have groups of their own
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Scope_MadeByHandInEveryContainer_HasAGroupOfItsOwn(string container)
    {
        await using TestApp test = await StartAsync(container, (app, _) => app.MapGet(
            "/",
            async (ITaskGroup tasks, IServiceScopeFactory scopes) =>
            {
                await tasks.RunScoped((ITaskGroup inner, CancellationToken _) =>
                {
                    Assert.NotSame(tasks, inner);
                    return Task.CompletedTask;
                });
                await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                ITaskGroup own = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
                Assert.NotSame(tasks, own);
                Assert.Same(own, scope.ServiceProvider.GetRequiredService<Visit>().Tasks);
            }));

        using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // An application may give a request other services, none, the root's, or some that are gone: only code that uses those fails.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task RequestServices_InEveryContainer_CanBeSetToAnything(string container)
    {
        await using TestApp test = await StartAsync(container, (app, _) => app.MapGet(
            "/",
            async (HttpContext context, IServiceScopeFactory scopes) =>
            {
                IServiceProvider before = context.RequestServices;
                context.RequestServices = null!;
                Assert.Null(context.RequestServices);
                AsyncServiceScope other = scopes.CreateAsyncScope();
                await other.DisposeAsync();
                context.RequestServices = other.ServiceProvider;
                Assert.Same(other.ServiceProvider, context.RequestServices);
                context.RequestServices = app.Services;
                Assert.Same(app.Services, context.RequestServices);
                Assert.ThrowsAny<InvalidOperationException>(() => app.Services.GetRequiredService<ITaskGroup>());
                context.RequestServices = before;
                Assert.Same(GroupOf(context), context.RequestServices.GetRequiredService<ITaskGroup>());
            }));

        using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // R37: children ask from their own threads.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Scope_WhenManyChildrenAskForServicesAtOnce_IsOne(string container)
    {
        const int Children = 16;
        await using TestApp test = await StartAsync(container, (app, _) => app.MapGet("/", async (HttpContext context, ITaskGroup tasks) =>
        {
            IServiceProvider services = context.RequestServices;
            var gate = new Gate(Children);
            Task<Visit>[] visits = [.. Enumerable.Range(0, Children).Select(_ => tasks.Run(async ct =>
            {
                await Task.Yield();
                gate.Open();
                await gate.WaitAsync(ct);
                return services.GetRequiredService<Visit>();
            }))];
            return (await Task.WhenAll(visits)).Distinct().Count(visit => ReferenceEquals(visit.Tasks, tasks));
        }));

        for (int request = 0; request < 50; request++)
        {
            Assert.Equal("1", await test.Client.GetStringAsync("/"));
        }
    }

    // R37: no code has used the services before. A stress: what it is for happens between two instructions.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task RequestServices_WhenManyChildrenLookAtThemFirst_AreOneScope(string container)
    {
        const int Children = 8;
        await using TestApp test = await StartAsync(container, (app, _) => app.MapGet("/", async (HttpContext context) =>
        {
            ITaskGroup tasks = GroupOf(context);
            IServiceProvidersFeature services = context.Features.GetRequiredFeature<IServiceProvidersFeature>();
            TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<Visit>[] visits = [.. Enumerable.Range(0, Children).Select(_ => tasks.Run(async _ =>
            {
                await go.Task;
                await Task.Yield();
                return services.RequestServices.GetRequiredService<Visit>();
            }))];
            go.SetResult();
            return (await Task.WhenAll(visits)).Distinct().Count(visit => ReferenceEquals(visit.Tasks, tasks));
        }));

        await Parallel.ForAsync(0, 3_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, ct) =>
            Assert.Equal("1", await test.Client.GetStringAsync("/", ct)));
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public async Task KeyedServices_OfARequest_AreThoseOfItsScope(string container)
    {
        await using TestApp test = await StartAsync(
            container,
            (app, _) => app.MapGet("/", (HttpContext context, [FromKeyedServices("one")] Holder injected) =>
                ReferenceEquals(injected, context.RequestServices.GetKeyedService<Holder>("one"))
                && ReferenceEquals(
                    injected,
                    context.RequestServices.GetRequiredService<IServiceProvider>().GetRequiredKeyedService<Holder>("one"))),
            builder => builder.Services.AddKeyedScoped<Holder>("one"));

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // What the application registers itself wins: a request never answers past it.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Group_WhenTheApplicationRegistersItsOwn_IsThatOne(string container)
    {
        await using TestApp test = await StartAsync(
            container,
            (app, _) => app.MapGet("/", (ITaskGroup tasks) => tasks is Wrapped),
            builder => builder.Services.AddScoped<ITaskGroup>(services =>
                new Wrapped(
                    services.GetRequiredService<IHttpContextAccessor>().HttpContext!.Features
                        .GetRequiredFeature<ITaskGroupFeature>().Group))
                .AddHttpContextAccessor());

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Group_WhenTheApplicationTakesItOut_IsInTheFeatureOnly(string container)
    {
        await using TestApp test = await StartAsync(
            container,
            (app, _) => app.MapGet("/", (HttpContext context) =>
                context.RequestServices.GetService<ITaskGroup>() is null && GroupOf(context) is not null),
            builder => builder.Services.RemoveAll<ITaskGroup>());

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // R27: the same scope comes back, and what was put in its place is used meanwhile.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task RequestServices_WhenReplacedAndPutBack_AreTheSameScopeAgain(string container)
    {
        await using TestApp test = await StartAsync(container, (app, _) => app.MapGet("/", async (HttpContext context, Visit visit) =>
        {
            IServiceProvider before = context.RequestServices;
            await using AsyncServiceScope other = before.CreateAsyncScope();
            context.RequestServices = other.ServiceProvider;
            Assert.Same(other.ServiceProvider, context.RequestServices);
            Assert.NotSame(visit, context.RequestServices.GetRequiredService<Visit>());
            Assert.Same(GroupOf(context), context.RequestServices.GetRequiredService<ITaskGroup>());
            context.RequestServices = before;
            context.RequestServices = before; // twice is no harm
            return ReferenceEquals(visit, context.RequestServices.GetRequiredService<Visit>());
        }));

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // A tenant's services that fall back to those of the request.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task RequestServices_WhenReplacedByServicesThatAskThem_AnswerFromTheirOwnScope(string container)
    {
        await using TestApp test = await StartAsync(container, (app, _) => app.MapGet("/", (HttpContext context) =>
        {
            IServiceProvider before = context.RequestServices;
            context.RequestServices = new Fallback(before);
            Visit visit = context.RequestServices.GetRequiredService<Visit>();
            Assert.Same(GroupOf(context), context.RequestServices.GetRequiredService<ITaskGroup>());
            Assert.Same(visit, before.GetRequiredService<Visit>());
            context.RequestServices = before;
            return ReferenceEquals(visit, context.RequestServices.GetRequiredService<Visit>());
        }));

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // As in the platform: what is left to the response comes before the end of the scope.
    [Theory]
    [InlineData(Container.BuiltIn, "/")]
    [InlineData(Container.BuiltIn, "/used")]
    [InlineData(Container.Autofac, "/")]
    [InlineData(Container.Autofac, "/used")]
    public async Task RequestServices_CapturedBeforeSomethingIsLeftToTheResponse_AreThereForIt(string container, string path)
    {
        await using TestApp test = await StartAsync(container, (app, test) =>
        {
            app.MapGet("/", () => "");
            app.MapGet("/used", (Visit _) => "");
        }, null, app =>
        {
            app.UseRequestTaskGroups();
            app.Use((context, next) =>
            {
                IServiceProvider services = context.RequestServices;
                context.Response.OnCompleted(() =>
                {
                    services.GetRequiredService<Trail>().Add(services.GetRequiredService<Visit>().IsOver ? "over" : "there");
                    return Task.CompletedTask;
                });
                return next(context);
            });
        });

        Assert.Equal("", await test.Client.GetStringAsync(path));

        await test.Trail.WaitForAsync("disposed").WithWatchdog();
        Assert.Equal(["opened", "there", "disposed"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R27: a service of the first scope has the request's group, whatever asks the scope for it first.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Group_OfAServiceOfTheScopeThatWasReplaced_IsTheRequests(string container)
    {
        await using TestApp test = await StartAsync(container, (app, _) => app.MapGet("/", (HttpContext context) =>
        {
            context.RequestServices = new Fallback(context.RequestServices);
            return ReferenceEquals(GroupOf(context), context.RequestServices.GetRequiredService<Visit>().Tasks);
        }));

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // R27: a decorator of the services stands before the middleware, where it belongs.
    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Group_WhereTheServicesWereDecoratedBefore_IsTheRequests(string container)
    {
        await using TestApp test = await StartAsync(
            container,
            (app, _) => app.MapGet("/", (HttpContext context, ITaskGroup tasks, Visit visit) =>
                ReferenceEquals(tasks, GroupOf(context)) && ReferenceEquals(tasks, visit.Tasks)),
            null,
            app =>
            {
                app.Use((context, next) =>
                {
                    context.RequestServices = new Fallback(context.RequestServices);
                    return next(context);
                });
                app.UseRequestTaskGroups();
            });

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    private static Task<TestApp> StartAsync(
        string container,
        Action<WebApplication, TestApp> map,
        Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? pipeline = null) => TestApp.StartAsync(
        map,
        builder =>
        {
            Container.Use(builder, container);
            builder.Services.AddScoped<Visit>();
            configure?.Invoke(builder);
        },
        pipeline);

    private static ITaskGroup GroupOf(HttpContext context) => context.Features.GetRequiredFeature<ITaskGroupFeature>().Group;

    private sealed class Holder;

    private sealed class Fallback(IServiceProvider others) : IServiceProvider
    {
        public object? GetService(Type serviceType) => others.GetService(serviceType);
    }

    private sealed class Visit : IDisposable
    {
        private readonly Trail _trail;

        public Visit(Trail trail, ITaskGroup tasks)
        {
            _trail = trail;
            Tasks = tasks;
            trail.Add("opened");
        }

        public ITaskGroup Tasks { get; }

        public bool IsOver { get; private set; }

        public void Dispose()
        {
            IsOver = true;
            _trail.Add("disposed");
        }
    }

    private sealed class Wrapped(ITaskGroup inner) : ITaskGroup
    {
        public string Name => inner.Name;

        public CancellationToken CancellationToken => inner.CancellationToken;

        public CancellationToken StoppingToken => inner.StoppingToken;

        public CancellationReason CancellationReason => inner.CancellationReason;

        public Task Run(Func<CancellationToken, Task> work, string? name = null) => inner.Run(work, name);

        public Task<TResult> Run<TResult>(Func<CancellationToken, Task<TResult>> work, string? name = null) => inner.Run(work, name);

        public Task Run<TState>(Func<TState, CancellationToken, Task> work, TState state, string? name = null) =>
            inner.Run(work, state, name);

        public Task<TResult> Run<TState, TResult>(Func<TState, CancellationToken, Task<TResult>> work, TState state, string? name = null) =>
            inner.Run(work, state, name);

        public bool TryRun(Func<CancellationToken, Task> work, string? name = null) => inner.TryRun(work, name);

        public void Stop() => inner.Stop();

        public void Cancel() => inner.Cancel();

        public TaskGroupSnapshot GetSnapshot() => inner.GetSnapshot();
    }
}
