using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The bound on the children of all requests together.</summary>
public sealed class MaxChildrenTests
{
    // R40: the bound is the process's, over all requests, and a child that has ended makes room.
    [Fact]
    public async Task MaxChildren_WhenOtherRequestsHaveThemAll_AnswersWith503UntilOneEnds()
    {
        await using TestApp test = await StartAsync(2);
        Task<string> first = test.Client.GetStringAsync("/hold/1");
        await test.Trail.WaitForAsync("1").WithWatchdog();
        Task<string> second = test.Client.GetStringAsync("/hold/2");
        await test.Trail.WaitForAsync("2").WithWatchdog();

        await JoinTests.AssertProblemAsync(test, "/hold/3", HttpStatusCode.ServiceUnavailable);

        LogEntry warning = test.AssertLoggedOnce(LogLevel.Warning);
        Assert.Contains("RequestTaskGroupOptions.MaxChildren", warning.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("3", test.Trail.Steps);
        test.App.Services.GetRequiredService<Gate>().Open();
        Assert.Equal("done", await first.WithWatchdog());
        Assert.Equal("done", await second.WithWatchdog());
        Assert.Equal("done", await test.Client.GetStringAsync("/hold/3"));
    }

    // R40, R14: however a child ends, it makes room, and a refused one takes none.
    [Theory]
    [InlineData("/ends/ok")]
    [InlineData("/ends/throws")]
    [InlineData("/ends/fails")]
    [InlineData("/ends/null")]
    [InlineData("/ends/canceled")]
    [InlineData("/ends/refused")]
    [InlineData("/ends/waits")]
    [InlineData("/ends/full")]
    [InlineData("/ends/queued")]
    [InlineData("/ends/nested")]
    [InlineData("/ends/scoped")]
    [InlineData("/ends/try")]
    [InlineData("/ends/start")]
    public async Task MaxChildren_WhenTheRequestHasEnded_HasItsRoomBack(string path)
    {
        await using TestApp test = await StartAsync(3);
        for (int round = 0; round < 5; round++)
        {
            (await test.Client.GetAsync(path)).Dispose();
        }

        Assert.DoesNotContain(test.Log.Entries, each => each.Exception is Xunit.Sdk.XunitException);
        Assert.Equal("3", await test.Client.GetStringAsync("/room"));
    }

    // R40: children of nested groups and of scopes count as well, wherever the request's work starts them.
    [Theory]
    [InlineData("/crowd/nested")]
    [InlineData("/crowd/scoped")]
    [InlineData("/crowd/waiting")]
    public async Task MaxChildren_CountsChildrenAnywhereBelowTheRequest(string path)
    {
        await using TestApp test = await StartAsync(3);

        await JoinTests.AssertProblemAsync(test, path, HttpStatusCode.ServiceUnavailable);

        Assert.Equal("3", await test.Client.GetStringAsync("/room"));
    }

    // R40: background children are not the requests'.
    [Fact]
    public async Task MaxChildren_DoesNotCountBackgroundChildren()
    {
        await using TestApp test = await StartAsync(1);
        Gate gate = test.App.Services.GetRequiredService<Gate>();
        var background = test.App.Services.GetRequiredService<IBackgroundTaskGroup>();
        Task[] jobs = [.. Enumerable.Range(0, 5).Select(_ => background.Run(ct => gate.WaitAsync(ct)))];

        Assert.Equal("1", await test.Client.GetStringAsync("/room"));

        gate.Open();
        await Task.WhenAll(jobs).WithWatchdog();
    }

    // R40: exact, under contention.
    [Fact]
    public async Task SharedChildLimit_UnderContention_IsNeverPassedAndComesBackToZero()
    {
        SharedChildLimit limit = new(4, "MaxChildren");
        int inside = 0;
        int most = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int round = 0; round < 20_000; round++)
            {
                if (!limit.TryEnter())
                {
                    continue;
                }

                int now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                Interlocked.Decrement(ref inside);
                limit.Leave();
            }
        }))).WithWatchdog();

        Assert.InRange(most, 1, 4);
        Assert.Equal(0, limit.Count);

        static void InterlockedMax(ref int most, int now)
        {
            int seen = Volatile.Read(ref most);
            while (now > seen && Interlocked.CompareExchange(ref most, now, seen) is var found && found != seen)
            {
                seen = found;
            }
        }
    }

    private static Task<TestApp> StartAsync(int maxChildren) => TestApp.StartAsync(
        (app, test) =>
        {
            Gate gate = app.Services.GetRequiredService<Gate>();
            app.MapGet("/hold/{name}", async (string name, ITaskGroup tasks) =>
            {
                await tasks.Run(async ct =>
                {
                    test.Trail.Add(name);
                    await gate.WaitAsync(ct);
                });
                return "done";
            }).WithTaskGroup();

            // How many children there is room for.
            app.MapGet("/room", (ITaskGroup tasks) =>
            {
                int room = 0;
                while (tasks.TryRun(ct => Task.Delay(Timeout.Infinite, ct)))
                {
                    room++;
                }

                tasks.Cancel();
                return Results.Ok(room);
            }).WithTaskGroup();

            RouteGroupBuilder ends = app.MapGroup("/ends").WithTaskGroup();
            ends.MapGet("/ok", (ITaskGroup tasks) => tasks.Run(ct => Task.Delay(1, ct)));
            ends.MapGet("/throws", (ITaskGroup tasks) => tasks.Run(_ => throw new FormatException()));
            ends.MapGet("/fails", (ITaskGroup tasks) => tasks.Run(_ => FanController.Fail()));
            ends.MapGet("/null", (ITaskGroup tasks) => tasks.Run(_ => null!));
            ends.MapGet("/canceled", (ITaskGroup tasks) =>
            {
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                tasks.Cancel();
                tasks.Run(_ => Task.CompletedTask);
            });
            ends.MapGet("/refused", (ITaskGroup tasks) =>
            {
                for (int child = 0; child < 3; child++)
                {
                    tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                }

                Assert.False(tasks.TryRun(_ => Task.CompletedTask));
                Assert.Throws<TaskGroupFullException>(Start);
                tasks.Cancel();

                void Start() => tasks.Run(_ => Task.CompletedTask);
            });
            ends.MapGet("/waits", (ITaskGroup tasks) =>
            {
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                tasks.Run(_ => Task.CompletedTask);
                tasks.Cancel();
            }).WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1 });
            ends.MapGet("/full", (ITaskGroup tasks) =>
            {
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                tasks.Run(_ => Task.CompletedTask);
            }).WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1, MaxWaiting = 0 });
            ends.MapGet("/queued", (ITaskGroup tasks) => tasks.Run(_ => Task.CompletedTask))
                .WithTaskGroup(new RequestTaskGroupPolicy { ChildStart = ChildStart.Queued });
            ends.MapGet("/nested", (ITaskGroup tasks) => tasks.AllAsync(_ => Task.FromResult(1), _ => Task.FromResult(2)));
            ends.MapGet("/scoped", (ITaskGroup tasks) => tasks.RunScoped(
                (ITaskGroup inner, CancellationToken _) => inner.Run(_ => Task.CompletedTask)));
            ends.MapGet("/try", (ITaskGroup tasks) => tasks.TryRun(_ => FanController.Fail()));
            ends.MapGet("/start", async (ITaskGroup tasks) => await tasks.StartAsync<int>(async (ready, ct) =>
            {
                ready.Started(1);
                await Task.Yield();
            }));

            RouteGroupBuilder crowd = app.MapGroup("/crowd").WithTaskGroup();
            crowd.MapGet("/nested", (ITaskGroup tasks) => tasks.AllAsync(
                Enumerable.Repeat<Func<CancellationToken, Task>>(ct => Task.Delay(Timeout.Infinite, ct), 4)));
            crowd.MapGet("/scoped", (ITaskGroup tasks) => tasks.RunScoped(async (ITaskGroup inner, CancellationToken token) =>
            {
                for (int child = 0; child < 3; child++)
                {
                    inner.Run(ct => Task.Delay(Timeout.Infinite, ct));
                }

                await Task.Delay(Timeout.Infinite, token);
            }));
            crowd.MapGet("/waiting", (ITaskGroup tasks) =>
            {
                for (int child = 0; child < 4; child++)
                {
                    tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                }
            }).WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1 });
        },
        builder =>
        {
            builder.Services.AddSingleton<Gate>();
            builder.Services.AddRequestTaskGroups(options => options.MaxChildren = maxChildren);
        });
}
