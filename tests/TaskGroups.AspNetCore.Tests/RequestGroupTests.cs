using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Features;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Which group a request has, from its first use to its end.</summary>
public sealed class RequestGroupTests
{
    // R27
    [Fact]
    public async Task Group_WhenInjectedAndFromTheFeature_IsOneGroupNamedAfterTheEndpoint()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/products/{id:int}", (HttpContext context, ITaskGroup injected, Holder holder) =>
            {
                ITaskGroup group = context.Features.GetRequiredFeature<ITaskGroupFeature>().Group;
                return Results.Json(new { group.Name, IsOne = ReferenceEquals(group, injected) && ReferenceEquals(group, holder.Group) });
            }),
            builder => builder.Services.AddScoped<Holder>());

        Assert.Equal("""{"name":"GET /products/{id:int}","isOne":true}""", await test.Client.GetStringAsync("/products/3"));
        test.AssertQuiet();
    }

    // R27
    [Fact]
    public async Task Group_WhenNoEndpointIsSelected_IsNamedAfterThePathWithoutControlCharacters()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.Run(context =>
            context.Response.WriteAsync(context.Features.GetRequiredFeature<ITaskGroupFeature>().Group.Name)));

        string name = await test.Client.GetStringAsync("/free/text%0aforged");

        Assert.StartsWith("GET /free/text", name, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', name);
    }

    // R27: one endpoint that serves several methods must not name the group after the first of them.
    [Fact]
    public async Task Group_WhenAnEndpointServesSeveralMethods_IsNamedAfterTheRequests()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapMethods("/either", ["GET", "DELETE"], (ITaskGroup tasks) => tasks.Name));

        Assert.Equal("GET /either", await test.Client.GetStringAsync("/either"));
        using HttpResponseMessage deleted = await test.Client.DeleteAsync("/either");
        Assert.Equal("DELETE /either", await deleted.Content.ReadAsStringAsync());
    }

    // R27: nested in the application's requests, so that shutdown and snapshots reach it.
    [Fact]
    public async Task Group_WhileItRuns_IsPartOfTheApplicationsSnapshot()
    {
        Gate gate = new();
        await using TestApp test = await TestApp.StartAsync((app, test) => app.MapGet("/", async (ITaskGroup tasks) =>
        {
            tasks.Run(ct => gate.WaitAsync(ct), "waits");
            test.Trail.Add("started");
            await gate.WaitAsync();
        }));

        Task<HttpResponseMessage> request = test.Client.GetAsync("/");
        await test.Trail.WaitForAsync("started").WithWatchdog();
        TaskGroupSnapshot snapshot = test.App.Services.GetRequiredService<ApplicationGroups>().Root.GetSnapshot();
        gate.Open();

        Assert.Contains(snapshot.Entries, each => each is { Kind: SnapshotKind.Group, Name: "GET /" });
        Assert.Contains(snapshot.Entries, each => each is { Kind: SnapshotKind.Child, Name: "waits" });
        (await request.WithWatchdog()).Dispose();
    }

    // R27: its token is the group's own, which never changes; RequestAborted is reused by the next request on the connection.
    [Fact]
    public async Task CancellationToken_Always_IsNotRequestAborted()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (HttpContext context, ITaskGroup tasks) => tasks.CancellationToken == context.RequestAborted));

        Assert.Equal("false", await test.Client.GetStringAsync("/"));
    }

    // R27: two children that resolve the group first, at the same time.
    [Fact]
    public async Task Group_WhenFirstUsedByManyThreadsAtOnce_IsOpenedOnce()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (HttpContext context) =>
        {
            ITaskGroupFeature feature = context.Features.GetRequiredFeature<ITaskGroupFeature>();
            using Barrier barrier = new(4);
            ITaskGroup[] groups = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    return feature.Group;
                },
                TaskCreationOptions.LongRunning)));
            return groups.Distinct().Count();
        }));

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("1", await test.Client.GetStringAsync("/"));
        }

        Assert.Equal(0, Open(test));
    }

    // R27, R37
    [Fact]
    public async Task Group_InAScopeMadeByHand_IsNotTheRequests()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app
            .MapGet("/", async (ITaskGroup tasks, IServiceScopeFactory scopes) =>
                {
                    await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                    return ReferenceEquals(tasks, scope.ServiceProvider.GetRequiredService<ITaskGroup>());
                }));

        Assert.Equal("false", await test.Client.GetStringAsync("/"));
    }

    // R27: middleware that gives the request other services, for instance a tenant's.
    [Fact]
    public async Task Group_WhenRequestServicesAreReplaced_IsTheRequestsInBothScopes()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.Use(async (context, next) =>
            {
                IServiceProvider before = context.RequestServices;
                await using AsyncServiceScope scope = context.RequestServices.CreateAsyncScope();
                context.RequestServices = scope.ServiceProvider;
                await next(context);
                context.RequestServices = before;
                ITaskGroup outside = context.RequestServices.GetRequiredService<ITaskGroup>();
                Assert.Same(outside, context.Features.GetRequiredFeature<ITaskGroupFeature>().Group);
            });
            app.MapGet("/", (HttpContext context, ITaskGroup tasks) =>
                ReferenceEquals(tasks, context.Features.GetRequiredFeature<ITaskGroupFeature>().Group));
        });

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
        test.AssertQuiet();
    }

    // R27: middleware outside has used the services before; the scope is the same one.
    [Fact]
    public async Task Group_WhenServicesWereUsedOutside_IsTheRequests()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (HttpContext context, ITaskGroup tasks, Holder holder) =>
                ReferenceEquals(tasks, context.Features.GetRequiredFeature<ITaskGroupFeature>().Group) && holder.Before),
            builder => builder.Services.AddScoped<Holder>(_ => new Holder(null)),
            app =>
            {
                app.Use((context, next) =>
                {
                    context.RequestServices.GetRequiredService<Holder>().Before = true;
                    return next(context);
                });
                app.UseRequestTaskGroups();
            });

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // R31
    [Fact]
    public async Task Run_OnAGroupCapturedPastItsRequest_RefusesAndNamesBackgroundGroups()
    {
        ITaskGroup? captured = null;
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/captured", (ITaskGroup tasks) =>
        {
            captured = tasks;
            return "done";
        }));

        await test.Client.GetStringAsync("/captured");
        await test.EndOfAsync("/captured");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => captured!.Run(_ => Task.CompletedTask, "late"));

        Assert.Contains("GET /captured", refused.Message, StringComparison.Ordinal);
        Assert.Contains("late", refused.Message, StringComparison.Ordinal);
        Assert.Contains("The request has ended", refused.Message, StringComparison.Ordinal);
        Assert.Contains("IBackgroundTaskGroup", refused.Message, StringComparison.Ordinal);
        Assert.False(captured!.TryRun(_ => Task.CompletedTask));
    }

    // R31: the feature captured, but never used while the request lived.
    [Fact]
    public async Task Group_OfAFeatureCapturedPastItsRequest_Refuses()
    {
        ITaskGroup? captured = null;
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/captured", (HttpContext context) =>
        {
            captured = context.Features.GetRequiredFeature<ITaskGroupFeature>().Group;
            return "done";
        }));

        await test.Client.GetStringAsync("/captured");
        await test.EndOfAsync("/captured");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => captured!.Run(_ => Task.CompletedTask));

        Assert.Contains("IBackgroundTaskGroup", refused.Message, StringComparison.Ordinal);
        Assert.False(captured!.TryRun(_ => Task.CompletedTask));
        Assert.False(captured.CancellationToken.IsCancellationRequested);
        captured.Stop();
        captured.Cancel();
    }

    // R21, R27, R31: one connection is one HttpContext, whose parts are used again.
    [Fact]
    public async Task Group_OnAConnectionThatIsUsedAgain_IsANewOneEachTime()
    {
        ConcurrentQueue<ITaskGroup> groups = [];
        ConcurrentQueue<HttpContext> contexts = [];
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/{number}", (HttpContext context, ITaskGroup tasks) =>
        {
            contexts.Enqueue(context);
            groups.Enqueue(tasks);
            return Results.Text(tasks.CancellationReason.ToString());
        }));

        using RawConnection connection = await test.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            await connection.GetAsync($"/{i}");
            Assert.Equal("None", (await connection.ReadAsync()).Body);
        }

        Assert.Single(contexts.Distinct());
        Assert.Equal(3, groups.Distinct().Count());
        await test.FinishedAsync("/2"); // its group is joined after the response
        Assert.Equal(0, Open(test));
    }

    // R35: what belongs to the application outlives the request.
    [Fact]
    public async Task BackgroundChild_StartedByARequest_OutlivesIt()
    {
        Gate gate = new();
        await using TestApp test = await TestApp.StartAsync((app, test) => app
            .MapPost("/orders", (IBackgroundTaskGroup background, ITaskGroup tasks) =>
                {
                    tasks.Run(_ => Task.CompletedTask);
                    background.Run(async _ =>
                    {
                        await gate.WaitAsync(CancellationToken.None);
                        test.Trail.Add("receipt");
                    });
                    return Results.Accepted();
                }));

        using HttpResponseMessage response = await test.Client.PostAsync("/orders", null);
        await test.FinishedAsync("/orders");
        test.Trail.Add("request");
        gate.Open();
        await test.Trail.WaitForAsync("receipt").WithWatchdog();

        Assert.Equal(["request", "receipt"], test.Trail.Steps);
    }

    // R21, R24: nothing of a request stays behind.
    private static int Open(TestApp test) =>
        test.App.Services.GetRequiredService<ApplicationGroups>().Requests.GetSnapshot().Entries.Count(each => each.ParentId is not null);

    private sealed class Holder(ITaskGroup? group)
    {
        public ITaskGroup? Group { get; } = group;

        public bool Before { get; set; }
    }
}
