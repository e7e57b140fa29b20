using System.Net;
using Autofac.Extensions.DependencyInjection;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

// Containers that give each service a provider of its own: what belongs to a scope is found by the scope, not by the provider.
public sealed class OtherContainerTests
{
    // R27, R29
    [Fact]
    public async Task Request_InAnotherContainer_HasItsGroup()
    {
        await using TestApp test = await StartAsync(app =>
            app.MapGet("/slow", async (ITaskGroup tasks, Holder holder, HttpContext context) =>
            {
                Assert.Same(tasks, holder.Tasks);
                Assert.Same(tasks, context.Features.Get<ITaskGroupFeature>()!.Group);
                await tasks.Run(ct => Task.Delay(Timeout.InfiniteTimeSpan, ct));
            }).WithTaskGroup(TimeSpan.FromMilliseconds(20)));

        using HttpResponseMessage response = await test.Client.GetAsync("/slow").WithWatchdog();
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    // R37
    [Fact]
    public async Task Root_OfAnotherContainer_RefusesAGroup()
    {
        await using TestApp test = await StartAsync(_ => { });
        InvalidOperationException refusal = Assert.IsType<InvalidOperationException>(
            Record.Exception(() => test.App.Services.GetRequiredService<ITaskGroup>())?.GetBaseException());
        Assert.Contains("root provider", refusal.Message, StringComparison.Ordinal);
    }

    // R37: a scope made by hand, and that of a child, have groups of their own
    [Fact]
    public async Task Scope_OfAnotherContainer_HasAGroupOfItsOwn()
    {
        await using TestApp test = await StartAsync(app => app.MapGet("/", async (ITaskGroup tasks, IServiceScopeFactory scopes) =>
        {
            await tasks.RunScoped((ITaskGroup inner, CancellationToken _) =>
            {
                Assert.NotSame(tasks, inner);
                return Task.CompletedTask;
            });
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            ITaskGroup own = scope.ServiceProvider.GetRequiredService<ITaskGroup>();
            Assert.NotSame(tasks, own);
            Assert.Same(own, scope.ServiceProvider.GetRequiredService<Holder>().Tasks);
        }));

        using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // Whoever gives a request other services may give it none, or some that are gone: only who uses those fails.
    [Fact]
    public async Task RequestServices_InAnotherContainer_CanBeSetToAnything()
    {
        await using TestApp test = await StartAsync(app => app.MapGet("/", async (HttpContext context, IServiceScopeFactory scopes) =>
        {
            IServiceProvider before = context.RequestServices;
            context.RequestServices = null!;
            Assert.Null(context.RequestServices);
            AsyncServiceScope other = scopes.CreateAsyncScope();
            await other.DisposeAsync();
            context.RequestServices = other.ServiceProvider;
            Assert.Same(other.ServiceProvider, context.RequestServices);
            context.RequestServices = before;
        }));

        using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // R27
    [Fact]
    public async Task Group_OfAnotherContainerAskedForBeforeTheMiddleware_FailsTheRequest()
    {
        await using TestApp test = await StartAsync(
            app => app.MapGet("/", (ITaskGroup _) => "late"),
            pipeline: app =>
            {
                app.UseExceptionHandler();
                app.Use((context, next) =>
                {
                    context.RequestServices.GetRequiredService<Holder>();
                    return next(context);
                });
                app.UseRequestTaskGroups();
            });

        using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    private static Task<TestApp> StartAsync(Action<WebApplication> map, Action<WebApplication>? pipeline = null) => TestApp.StartAsync(
        (app, _) => map(app),
        builder =>
        {
            builder.Host.UseServiceProviderFactory(new AutofacServiceProviderFactory());
            builder.Services.AddScoped<Holder>();
        },
        pipeline);

    private sealed class Holder(ITaskGroup tasks)
    {
        public ITaskGroup Tasks => tasks;
    }
}
