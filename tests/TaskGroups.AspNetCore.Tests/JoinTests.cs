using System.Net;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>When a request's group is joined, and where its failure goes.</summary>
public sealed class JoinTests
{
    // R28
    [Theory]
    [InlineData("/endpoint")]
    [InlineData("/group/")]
    public async Task WithTaskGroup_WhenAChildIsForgotten_JoinsItBeforeTheResponse(string path)
    {
        await using TestApp test = await TestApp.StartAsync((app, test) =>
        {
            app.MapGet("/endpoint", Forget).WithTaskGroup();
            app.MapGroup("/group").WithTaskGroup().MapGet("/", Forget);

            string Forget(HttpContext context, ITaskGroup tasks)
            {
                Gate returned = new();
                context.Response.OnStarting(() =>
                {
                    test.Trail.Add("response");
                    return Task.CompletedTask;
                });
                tasks.Run(async _ =>
                {
                    await returned.WaitAsync(CancellationToken.None);
                    test.Trail.Add("child");
                });
                ThreadPool.QueueUserWorkItem(_ => returned.Open());
                return "done";
            }
        });

        Assert.Equal("done", await test.Client.GetStringAsync(path));
        Assert.Equal(["child", "response"], test.Trail.Steps);
    }

    // R28: services created before and after the group. The child ends while the response is being sent.
    [Fact]
    public async Task Request_WhenAChildIsForgotten_JoinsItBeforeTheScopeIsDisposed()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, test) => app.MapGet("/", (HttpContext context, Before before, ITaskGroup tasks, After after) =>
            {
                Gate started = new();
                context.Response.OnStarting(() =>
                {
                    started.Open();
                    return Task.CompletedTask;
                });
                tasks.Run(async _ =>
                {
                    await started.WaitAsync(CancellationToken.None);
                    test.Trail.Add("child");
                });
                return "done";
            }),
            builder => builder.Services.AddScoped<Before>().AddScoped<After>());

        Assert.Equal("done", await test.Client.GetStringAsync("/"));
        await test.FinishedAsync("/");

        Assert.Equal(["child", "After", "Before"], test.Trail.Steps);
    }

    // R28: the disposal of a service of the application throws; the group was joined before, and its own disposal does not throw.
    [Fact]
    public async Task Request_WhenAServiceFailsInItsDisposal_HasJoinedBefore()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, test) => app.MapGet("/", (HttpContext context, ITaskGroup tasks, FailsInDisposal _) =>
            {
                Gate started = new();
                context.Response.OnStarting(() =>
                {
                    started.Open();
                    return Task.CompletedTask;
                });
                tasks.Run(async _ =>
                {
                    await started.WaitAsync(CancellationToken.None);
                    test.Trail.Add("child");
                });
                return "done";
            }),
            builder => builder.Services.AddScoped<FailsInDisposal>());

        Assert.Equal("done", await test.Client.GetStringAsync("/"));
        await test.FinishedAsync("/");

        Assert.Equal(["child", "disposal"], test.Trail.Steps);
        Assert.IsType<FormatException>(Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Error).Exception);
    }

    // R28: no code awaited the child, the response has not started.
    [Theory]
    [InlineData("filter")]
    [InlineData("middleware")]
    public async Task ForgottenChild_WhenItFailsBeforeTheResponse_GoesToExceptionHandling(string join)
    {
        InvalidOperationException failure = new("broken");
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.MapGet("/filter", (ITaskGroup tasks) =>
            {
                tasks.Run(_ => Task.FromException(failure));
                return "done";
            }).WithTaskGroup();
            app.MapGet("/middleware", (ITaskGroup tasks) =>
            {
                tasks.Run(_ => Task.FromException(failure));
                return Task.CompletedTask;
            });
        });

        await AssertProblemAsync(test, $"/{join}", HttpStatusCode.InternalServerError);

        LogEntry error = Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error);
        Assert.Equal("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", error.Category);
        Assert.Same(failure, error.Exception);
    }

    // R10, R28: the app's handler sees the first failure itself, with the stack of the child, not a wrapper.
    [Fact]
    public async Task AwaitedChild_WhenItFails_LeavesTheRequestAsTheOriginalException()
    {
        RecordingHandler handler = new();
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", async (ITaskGroup tasks) =>
            {
                Task<int> bad = tasks.Run(_ => Fail());
                Task<int> good = tasks.Run(async ct =>
                {
                    await Task.Delay(Timeout.Infinite, ct);
                    return 1;
                });
                return await good + await bad;
            }).WithTaskGroup(),
            builder => builder.Services.AddSingleton<IExceptionHandler>(handler));

        await AssertProblemAsync(test, "/", HttpStatusCode.InternalServerError);

        Assert.IsType<FormatException>(handler.Seen);
        Assert.Contains(nameof(Fail), handler.Seen.StackTrace, StringComparison.Ordinal);

        static async Task<int> Fail()
        {
            await Task.Yield();
            throw new FormatException("bad number");
        }
    }

    // R28: the response has started: the client must not take it for whole.
    [Fact]
    public async Task ForgottenChild_WhenItFailsAfterTheResponseStarted_AbortsTheConnectionAndIsLoggedOnce()
    {
        FormatException failure = new("broken");
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (HttpContext context, ITaskGroup tasks) =>
        {
            await context.Response.WriteAsync("part");
            tasks.Run(_ => Task.FromException(failure));
        }));

        await Assert.ThrowsAsync<HttpRequestException>(() => test.Client.GetStringAsync("/"));
        await test.FinishedAsync("/");

        Assert.Same(failure, test.AssertLoggedOnce(LogLevel.Error).Exception);
    }

    // R28: a cache outside that saw the request end in order would hand the part to other clients; the failure is logged nowhere else.
    [Theory]
    [InlineData("output", false)]
    [InlineData("output", true)]
    [InlineData("response", false)]
    [InlineData("response", true)]
    public async Task ForgottenChild_WhenItFailsInTheMiddleOfABody_LeavesNoPartInACache(string cache, bool hasExceptionHandler)
    {
        int calls = 0;
        FormatException failure = new("broken");
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/rows", async (HttpContext context, ITaskGroup tasks) =>
            {
                context.Response.ContentType = "text/plain";
                context.Response.Headers.CacheControl = "public,max-age=60";
                await context.Response.WriteAsync("first ");
                if (++calls == 1)
                {
                    tasks.Run(_ => Task.FromException(failure));
                }
                else
                {
                    await context.Response.WriteAsync("last");
                }
            }).CacheOutput(),
            builder => builder.Services.AddOutputCache().AddResponseCaching(),
            app =>
            {
                if (hasExceptionHandler)
                {
                    app.UseExceptionHandler();
                }

                if (cache == "output")
                {
                    app.UseOutputCache();
                }
                else
                {
                    app.UseResponseCaching();
                }

                app.UseRequestTaskGroups();
            });

        await Assert.ThrowsAsync<HttpRequestException>(() => test.Client.GetStringAsync("/rows").WithWatchdog());
        await test.FinishedAsync("/rows");

        Assert.Equal("first last", await test.Client.GetStringAsync("/rows").WithWatchdog());
        Assert.Same(failure, test.AssertLoggedOnce(LogLevel.Error).Exception);
    }

    // R28: the handler itself fails in the middle of its body. The app's exception handling logs, as always.
    [Fact]
    public async Task StreamingHandler_WhenAChildFails_NeverEndsAsAWholeResponse()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (HttpContext context, ITaskGroup tasks) =>
        {
            await context.Response.WriteAsync("part");
            await tasks.Run(_ => Task.FromException(new FormatException("broken")));
        }));

        await Assert.ThrowsAsync<HttpRequestException>(() => test.Client.GetStringAsync("/"));
        await test.FinishedAsync("/");

        Assert.Contains(test.Log.Entries, each => each is { Level: LogLevel.Error, Exception: FormatException });
        Assert.IsType<FormatException>((await test.EndOfAsync("/")).Exception);
    }

    // R14, R28: aborted by us, such a failure would look to all above as if the client had gone, and be in no log
    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(TaskCanceledException))]
    public async Task StreamingHandler_WhenItFailsAsALostClientWould_IsLoggedAsAFailure(Type failure)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", async (HttpContext context, ITaskGroup tasks) =>
            {
                await context.Response.WriteAsync("part");
                await tasks.Run(_ => Task.FromException((Exception)Activator.CreateInstance(failure)!));
            }),
            pipeline: app => app.UseRequestTaskGroups());

        await Assert.ThrowsAsync<HttpRequestException>(() => test.Client.GetStringAsync("/"));
        await test.FinishedAsync("/");

        Assert.IsType(failure, test.AssertLoggedOnce(LogLevel.Error).Exception);
    }

    // R28: middleware outside swallows what comes; the response would end as if it were whole.
    [Fact]
    public async Task StreamingHandler_WhenMiddlewareOutsideSwallowsItsFailure_NeverEndsAsAWholeResponse()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", async (HttpContext context, ITaskGroup tasks) =>
            {
                await context.Response.WriteAsync("part");
                await tasks.Run(_ => Task.FromException(new FormatException("broken")));
            }),
            pipeline: app =>
            {
                app.Use(async (context, next) =>
                {
                    try
                    {
                        await next(context);
                    }
                    catch (FormatException)
                    {
                        // The swallowing is the subject.
                    }
                });
                app.UseRequestTaskGroups();
            });

        await Assert.ThrowsAsync<HttpRequestException>(() => test.Client.GetStringAsync("/"));
    }

    // R28: exception handling inside has answered; the join knows nothing new, and the answer is left alone.
    [Fact]
    public async Task ExceptionHandling_InsideTheMiddleware_KeepsItsAnswer()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet(
                "/",
                async (ITaskGroup tasks) => await tasks.Run(_ => Task.FromException(new FormatException("broken")))),
            pipeline: app =>
            {
#pragma warning disable TG0013 // The order is what is tested.
                app.UseRequestTaskGroups();
#pragma warning restore TG0013
                app.UseExceptionHandler();
            });

        await AssertProblemAsync(test, "/", HttpStatusCode.InternalServerError);

        Assert.Null((await test.EndOfAsync("/")).Exception);
        Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error);
    }

    // R28: endpoint filters outside of WithTaskGroup see the failure and may answer it; the middleware does not raise it again.
    [Fact]
    public async Task WithTaskGroup_WhenAFilterOutsideHandlesTheFailure_KeepsItsAnswer()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (ITaskGroup tasks) =>
        {
            await tasks.Run(_ => Task.FromException(new FormatException("broken")));
        })
        .AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (FormatException)
            {
                return Results.StatusCode(502);
            }
        })
        .WithTaskGroup());

        using HttpResponseMessage response = await test.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // R28: without WithTaskGroup the group is there while the body is written.
    [Fact]
    public async Task StreamedBody_WithoutWithTaskGroup_UsesTheGroup()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", (ITaskGroup tasks) => Results.Stream(async body =>
            await body.WriteAsync(await tasks.Run(_ => Task.FromResult("done"u8.ToArray()))))));

        Assert.Equal("done", await test.Client.GetStringAsync("/"));
        test.AssertQuiet();
    }

    // Whatever others throw, the join completes.
    [Fact]
    public async Task Join_WhenOnCompletedAndMiddlewareThrow_StillCompletes()
    {
        await using TestApp test = await TestApp.StartAsync((app, test) =>
        {
            app.Use(async (context, next) =>
            {
                await next(context);
                throw new FormatException("middleware");
            });
            app.MapGet("/", (HttpContext context, ITaskGroup tasks) =>
            {
                context.Response.OnCompleted(() => throw new FormatException("completed"));
                tasks.Run(async ct =>
                {
                    await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    test.Trail.Add("child");
                });
                return Task.CompletedTask;
            });
        });

        using HttpResponseMessage response = await test.Client.GetAsync("/");
        await test.FinishedAsync("/");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(["child"], test.Trail.Steps);
    }

    // R18: leaving early by Cancel() is no failure.
    [Fact]
    public async Task Cancel_BeforeReturning_LetsTheResponseStand()
    {
        await using TestApp test = await TestApp.StartAsync((app, test) => app.MapGet("/", (ITaskGroup tasks) =>
        {
            tasks.Run(async ct =>
            {
                await Task.Delay(Timeout.Infinite, ct);
            });
            tasks.Cancel();
            return Results.NotFound();
        }).WithTaskGroup());

        using HttpResponseMessage response = await test.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        test.AssertQuiet();
    }

    internal static async Task AssertProblemAsync(TestApp test, string path, HttpStatusCode status)
    {
        using HttpResponseMessage response = await test.Client.GetAsync(path);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"\"status\":{(int)status}", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private sealed class RecordingHandler : IExceptionHandler
    {
        public Exception? Seen { get; private set; }

        public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            Seen = exception;
            return ValueTask.FromResult(false);
        }
    }

    private class Before(Trail trail) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            trail.Add(GetType().Name);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class After(Trail trail) : Before(trail);

    private sealed class FailsInDisposal(Trail trail) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            trail.Add("disposal");
            throw new FormatException("disposal");
        }
    }
}
