using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

// A request that is asked for its group only needs no scope; for everything else it has one, as any request.
public sealed class RequestServicesTests
{
    // R27, R32
    [Fact]
    public async Task Scope_OfARequestThatIsAskedForItsGroupOnly_IsNotOpened()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.MapGet("/group", (HttpContext context, ITaskGroup tasks) => ReferenceEquals(tasks, GroupOf(context)) && !HasScope(context));
            app.MapGet("/other", (HttpContext context, ITaskGroup tasks, Visit visit) =>
                ReferenceEquals(tasks, GroupOf(context)) && ReferenceEquals(tasks, visit.Tasks) && HasScope(context));
        }, AddVisits);

        Assert.Equal("true", await test.Client.GetStringAsync("/group"));
        Assert.Equal("true", await test.Client.GetStringAsync("/other"));
        await test.FinishedAsync("/other");
        Assert.Equal(["opened", "disposed"], test.Trail.Steps);
    }

    // R37: children ask from their own threads.
    [Fact]
    public async Task Scope_WhenManyChildrenAskForServicesAtOnce_IsOne()
    {
        const int Children = 16;
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (HttpContext context, ITaskGroup tasks) =>
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
        }), AddVisits);

        for (int request = 0; request < 50; request++)
        {
            Assert.Equal("1", await test.Client.GetStringAsync("/"));
        }
    }

    // R37: nobody has looked at the services before. A stress: what it is for happens between two instructions.
    [Fact]
    public async Task RequestServices_WhenManyChildrenLookAtThemFirst_AreOneScope()
    {
        const int Children = 8;
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (HttpContext context) =>
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
        }), AddVisits);

        await Parallel.ForAsync(0, 3_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, ct) =>
            Assert.Equal("1", await test.Client.GetStringAsync("/", ct)));
    }

    [Fact]
    public async Task KeyedServices_OfARequest_AreThoseOfItsScope()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (HttpContext context, [FromKeyedServices("one")] Holder injected) =>
                ReferenceEquals(injected, context.RequestServices.GetKeyedService<Holder>("one"))
                && ReferenceEquals(
                    injected,
                    context.RequestServices.GetRequiredService<IServiceProvider>().GetRequiredKeyedService<Holder>("one"))),
            builder => builder.Services.AddKeyedScoped<Holder>("one"));

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // What the application registers itself wins: a request never answers past it.
    [Fact]
    public async Task Group_WhenTheApplicationRegistersItsOwn_IsThatOne()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (ITaskGroup tasks) => tasks is Wrapped),
            builder => builder.Services.AddScoped<ITaskGroup>(services =>
                new Wrapped(
                    services.GetRequiredService<IHttpContextAccessor>().HttpContext!.Features
                        .GetRequiredFeature<ITaskGroupFeature>().Group))
                .AddHttpContextAccessor());

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Group_WhenTheApplicationTakesItOut_IsInTheFeatureOnly()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (HttpContext context) =>
                context.RequestServices.GetService<ITaskGroup>() is null && GroupOf(context) is not null),
            builder => builder.Services.RemoveAll<ITaskGroup>());

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // R27: the same scope comes back, and what was put in its place is used meanwhile.
    [Fact]
    public async Task RequestServices_WhenReplacedAndPutBack_AreTheSameScopeAgain()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (HttpContext context, Visit visit) =>
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
        }), AddVisits);

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // A tenant's services that fall back to those of the request.
    [Fact]
    public async Task RequestServices_WhenReplacedByServicesThatAskThem_AnswerFromTheirOwnScope()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", (HttpContext context) =>
        {
            IServiceProvider before = context.RequestServices;
            context.RequestServices = new Fallback(before);
            Visit visit = context.RequestServices.GetRequiredService<Visit>();
            Assert.Same(GroupOf(context), context.RequestServices.GetRequiredService<ITaskGroup>());
            Assert.Same(visit, before.GetRequiredService<Visit>());
            context.RequestServices = before;
            return ReferenceEquals(visit, context.RequestServices.GetRequiredService<Visit>());
        }), AddVisits);

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // R31
    [Theory]
    [InlineData("/used")]
    [InlineData("/unused")]
    public async Task RequestServices_CapturedPastTheRequest_SayThatItHasEnded(string path)
    {
        IServiceProvider? captured = null;
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.MapGet("/used", (HttpContext context, Visit visit) => { captured = context.RequestServices; });
            app.MapGet("/unused", (HttpContext context) => { captured = context.RequestServices; });
        }, AddVisits);

        (await test.Client.GetAsync(path)).Dispose();
        await test.FinishedAsync(path);

        ObjectDisposedException ended = Assert.Throws<ObjectDisposedException>(() => captured!.GetRequiredService<Visit>());
        Assert.Contains("IBackgroundTaskGroup", ended.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => captured!.GetRequiredService<ITaskGroup>().Run(_ => Task.CompletedTask));
    }

    // As in the platform: what is left to the response comes before the end of the scope.
    [Theory]
    [InlineData("/")]
    [InlineData("/used")]
    public async Task RequestServices_CapturedBeforeSomethingIsLeftToTheResponse_AreThereForIt(string path)
    {
        await using TestApp test = await TestApp.StartAsync((app, test) =>
        {
            app.MapGet("/", () => "");
            app.MapGet("/used", (Visit _) => "");
        }, AddVisits, app =>
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

    // R27: a service of the first scope has the request's group, whoever asks the scope for it first.
    [Fact]
    public async Task Group_OfAServiceOfTheScopeThatWasReplaced_IsTheRequests()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", (HttpContext context) =>
        {
            context.RequestServices = new Fallback(context.RequestServices);
            return ReferenceEquals(GroupOf(context), context.RequestServices.GetRequiredService<Visit>().Tasks);
        }), AddVisits);

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // R27: a decorator of the services stands before the middleware, where it belongs.
    [Fact]
    public async Task Group_WhereTheServicesWereDecoratedBefore_IsTheRequests()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (HttpContext context, ITaskGroup tasks, Visit visit) =>
                ReferenceEquals(tasks, GroupOf(context)) && ReferenceEquals(tasks, visit.Tasks)),
            AddVisits,
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

    private static void AddVisits(WebApplicationBuilder builder) => builder.Services.AddScoped<Visit>();

    private static ITaskGroup GroupOf(HttpContext context) => context.Features.GetRequiredFeature<ITaskGroupFeature>().Group;

    // The server opens the scope of a request through the feature below ours.
    private static bool HasScope(HttpContext context) =>
        ((RequestTaskGroup)context.Features.GetRequiredFeature<IServiceProvidersFeature>()).HasScope;

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
