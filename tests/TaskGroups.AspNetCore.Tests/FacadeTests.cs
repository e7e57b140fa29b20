using System.Net;
using Microsoft.AspNetCore.Http.Features;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>R51: the request's <see cref="ITaskGroup"/> stands before its current group; an early join is not the end of it.</summary>
public sealed class FacadeTests
{
    // R51: a filter outside of the early join, middleware inside the pipeline
    [Theory]
    [InlineData("/filter")]
    [InlineData("/middleware")]
    public async Task Group_AfterAnEarlyJoin_OpensAnotherThatIsJoinedByTheMiddleware(string path)
    {
        Gate returned = new();
        await using TestApp test = await TestApp.StartAsync((app, test) =>
        {
            app.Use(async (context, next) =>
            {
                await next(context);
                if (context.Request.Path == "/middleware")
                {
                    Audit(context);
                }
            });
            Delegate handler = async (ITaskGroup tasks) => await tasks.Run(_ => Task.FromResult("ok"));
            app.MapGet("/middleware", handler).WithTaskGroup();
            app.MapGet("/filter", handler)
                .AddEndpointFilter(async (context, next) =>
                {
                    object? result = await next(context);
                    Audit(context.HttpContext);
                    return result;
                })
                .WithTaskGroup();

            void Audit(HttpContext context)
            {
                context.RequestServices.GetRequiredService<ITaskGroup>().Run(async _ =>
                {
                    await returned.WaitAsync(CancellationToken.None);
                    test.Trail.Add("audited");
                });
                ThreadPool.QueueUserWorkItem(_ => returned.Open());
            }
        });

        Assert.Equal("ok", await test.Client.GetStringAsync(path).WithWatchdog());
        await test.EndOfAsync(path);

        Assert.Equal(["audited"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R51: a filter that runs the handler again after a failure; the second time has a group that nothing has canceled
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_WhenAFilterRunsItAgain_HasAnotherGroup(bool awaitsTwice)
    {
        int calls = 0;
        await using TestApp test = await TestApp.StartAsync((app, _) => app
            .MapGet("/", async (ITaskGroup tasks) => await tasks.Run(_ => ++calls == 1
                ? Task.FromException<string>(new FormatException("flaky"))
                : Task.FromResult("ok")))
            .AddEndpointFilter(async (context, next) =>
            {
                try
                {
                    ValueTask<object?> first = next(context);
                    return awaitsTwice ? await AwaitTwiceAsync(first) : await first;
                }
                catch (FormatException)
                {
                    return await next(context);
                }
            })
            .WithTaskGroup());

        Assert.Equal("ok", await test.Client.GetStringAsync("/").WithWatchdog());
        Assert.Equal(2, calls);

        // Not allowed by ValueTask's contract, and done all the same: no state of another request may come out of it.
        static async ValueTask<object?> AwaitTwiceAsync(ValueTask<object?> task)
        {
            try
            {
                return await task;
            }
            catch (FormatException)
            {
                return await task;
            }
        }
    }

    // R3, R31: joined early, the facade is usable until the request ends
    [Fact]
    public async Task Body_AfterTheEarlyJoin_UsesTheNextGroup()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (ITaskGroup tasks) =>
        {
            await tasks.Run(_ => Task.CompletedTask);
            return Results.Stream(async body => await body.WriteAsync(await tasks.Run(_ => Task.FromResult("done"u8.ToArray()))));
        }).WithTaskGroup());

        Assert.Equal("done", await test.Client.GetStringAsync("/").WithWatchdog());
        test.AssertQuiet();
    }

    // R7: combinators and nested groups work on the facade
    [Fact]
    public async Task Combinators_OnTheRequestsGroup_Work()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (ITaskGroup tasks, HttpContext context) =>
        {
            Assert.Same(tasks, context.Features.GetRequiredFeature<ITaskGroupFeature>().Group);
            (int one, int two) = await tasks.AllAsync(_ => Task.FromResult(1), _ => Task.FromResult(2));
            int three = await tasks.RaceAsync(_ => Task.FromResult(3));
            int[] mapped = await tasks.MapAsync([4, 5], (item, _) => Task.FromResult(item));
            int nested = await tasks.RunGroupAsync(group => group.Run(_ => Task.FromResult(6)));
            return one + two + three + mapped.Sum() + nested;
        }).WithTaskGroup());

        Assert.Equal("21", await test.Client.GetStringAsync("/").WithWatchdog());
        test.AssertQuiet();
    }

    // R2: children start siblings while the early join waits for them: in their own group, not in the next one
    [Fact]
    public async Task Child_DuringTheEarlyJoin_StartsSiblingsInItsOwnGroup()
    {
        await using TestApp test = await TestApp.StartAsync((app, test) => app.MapGet("/", (ITaskGroup tasks) =>
        {
            Gate returned = new();
            tasks.Run(async _ =>
            {
                await returned.WaitAsync(CancellationToken.None);
                tasks.Run(async _ =>
                {
                    await Task.Yield();
                    test.Trail.Add("sibling");
                });
            });
            ThreadPool.QueueUserWorkItem(_ => returned.Open());
            return Results.Text("ok");
        }).WithTaskGroup().AddEndpointFilter(async (context, next) => await next(context)));

        using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["sibling"], test.Trail.Steps);
    }
}
