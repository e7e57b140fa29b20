using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The reason that canceled a request's group decides its answer, whatever was thrown afterwards.</summary>
public sealed class EndingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // R41: drivers report a cancellation with an exception of their own
    [Theory]
    [InlineData("/joined")]
    [InlineData("/forgotten")]
    [InlineData("/body")]
    public async Task Timeout_WhenADriverThrowsItsOwnException_AnswersWith504(string path)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        Task answer = JoinTests.AssertProblemAsync(test, path, HttpStatusCode.GatewayTimeout);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);
        await answer.WithWatchdog();

        LogEntry warning = test.AssertLoggedOnce(LogLevel.Warning);
        Assert.IsType<DriverException>(warning.Exception);
        Assert.Contains("'price'", warning.Message, StringComparison.Ordinal);
    }

    // R29, R41
    [Theory]
    [InlineData("/joined")]
    [InlineData("/forgotten")]
    [InlineData("/body")]
    [InlineData("/two")]
    public async Task Client_WhenItLeavesAndADriverThrowsItsOwnException_IsNoError(string path)
    {
        await using TestApp test = await StartAsync(new ManualClock());
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync(path);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Dispose();

        Assert.Equal(new TestApp.RequestEnd(499, null), await test.EndOfAsync(path));
        await test.FinishedAsync(path);
        Assert.IsType<DriverException>(test.AssertLoggedOnce(LogLevel.Debug).Exception);
    }

    // R33, R41
    [Theory]
    [InlineData("/joined")]
    [InlineData("/forgotten")]
    [InlineData("/body")]
    public async Task Stop_WhenADriverThrowsItsOwnException_AnswersWith503(string path)
    {
        await using TestApp test = await StartAsync(
            new ManualClock(), builder => builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = TimeSpan.Zero));
        Task answer = JoinTests.AssertProblemAsync(test, path, HttpStatusCode.ServiceUnavailable);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        test.App.Lifetime.StopApplication();

        await answer.WithWatchdog();
        Assert.IsType<DriverException>(test.AssertLoggedOnce(LogLevel.Warning).Exception);
    }

    // R41: a failure that came first stays the answer
    [Fact]
    public async Task Failure_WhenADriverThrowsBecauseOfIt_StaysTheAnswer()
    {
        await using TestApp test = await StartAsync(new ManualClock());

        await JoinTests.AssertProblemAsync(test, "/failing", HttpStatusCode.InternalServerError);

        Assert.IsType<FormatException>(Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error).Exception);
    }

    // R14: a cancellation that is a failure, such as that of HttpClient.Timeout, came before the client left
    [Theory]
    [InlineData("/late-client", typeof(TaskCanceledException))]
    [InlineData("/late-client", typeof(IOException))]
    [InlineData("/late-client-started", typeof(TaskCanceledException))]
    public async Task Failure_WhenTheClientLeavesDuringTheJoin_IsInTheLog(string path, Type failure)
    {
        await using TestApp test = await StartAsync(new ManualClock());
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync($"{path}?type={failure.Name}");
        await test.Trail.WaitForAsync("failed").WithWatchdog();

        connection.Dispose();
        await test.Trail.WaitForAsync("aborted").WithWatchdog();
        test.App.Services.GetRequiredService<Gate>().Open();
        await test.FinishedAsync(path);

        Assert.IsType(failure, Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error).Exception);
    }

    // R42: a hand-written timeout in RequestAborted answers for itself; the client is still there
    [Theory]
    [InlineData(true, true, "/joined")]
    [InlineData(true, true, "/forgotten")]
    [InlineData(true, false, "/joined")]
    [InlineData(true, false, "/forgotten")]
    [InlineData(false, true, "/joined")]
    [InlineData(false, false, "/joined")]
    [InlineData(false, false, "/plain")]
    public async Task HandWrittenTimeout_WhenItFires_GivesItsOwnAnswer(bool isOutside, bool restores, string path)
    {
        CancellationTokenSource? limit = null;
        await using TestApp test = await StartAsync(new ManualClock(), pipeline: app =>
        {
            if (isOutside)
            {
                app.Use(LimitAsync);
                app.UseRequestTaskGroups();
            }
            else
            {
                app.UseRequestTaskGroups();
                app.Use(LimitAsync);
            }
        });
        Task<HttpResponseMessage> request = test.Client.GetAsync(path);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        await limit!.CancelAsync();

        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);

        async Task LimitAsync(HttpContext context, RequestDelegate next)
        {
            CancellationToken client = context.RequestAborted;
            limit = CancellationTokenSource.CreateLinkedTokenSource(client);
            context.RequestAborted = limit.Token;
            try
            {
                await next(context);
            }
            catch (OperationCanceledException) when (!client.IsCancellationRequested)
            {
                context.Response.StatusCode = 504;
            }
            finally
            {
                if (restores)
                {
                    context.RequestAborted = client;
                }
            }
        }
    }

    // R42: the client is known to have gone, whatever stands in RequestAborted
    [Fact]
    public async Task Client_WhenItLeavesUnderAHandWrittenTimeout_EndsWith499()
    {
        await using TestApp test = await StartAsync(new ManualClock(), pipeline: app =>
        {
            app.Use(async (context, next) =>
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
                context.RequestAborted = limit.Token;
                await next(context);
            });
            app.UseRequestTaskGroups();
        });
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/joined");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Dispose();

        Assert.Equal(499, (await test.EndOfAsync("/joined")).Status);
        test.AssertLoggedOnce(LogLevel.Debug);
    }

    // R29: the answer keeps its body although a timeout outside has fired too, and the headers that middleware outside had set
    [Fact]
    public async Task Timeout_WhenTheOneOutsideHasFiredToo_AnswersWithItsBodyAndTheHeadersOfOthers()
    {
        ManualClock clock = new();
        Gate ended = new();
        CancellationTokenSource limit = new();
        await using TestApp test = await TestApp.StartAsync(
            (app, test) => app.MapGet("/", async (HttpContext context, ITaskGroup tasks) =>
            {
                context.Response.Headers["X-Handler"] = "prepared";
                Task child = tasks.Run(async ct =>
                {
                    await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    await ended.WaitAsync(CancellationToken.None);
                    ct.ThrowIfCancellationRequested();
                });
                test.Trail.Add("started");
                await child;
            }).WithTaskGroup(Limit),
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails =
                    problem => problem.ProblemDetails.Extensions["help"] = new string('x', 20_000));
            },
            app =>
            {
                app.Use((context, next) =>
                {
                    context.Response.Headers["X-Correlation"] = "17";
                    context.Response.Headers.XFrameOptions = "DENY";
                    context.RequestAborted = limit.Token;
                    return next(context);
                });
                app.UseRequestTaskGroups();
            });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);
        await limit.CancelAsync();
        ended.Open();

        using HttpResponseMessage response = await request.WithWatchdog();
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal(20_000, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("help").GetString()!.Length);
        Assert.Equal("17", Assert.Single(response.Headers.GetValues("X-Correlation")));
        Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
        Assert.False(response.Headers.Contains("X-Handler"));
    }

    // R29: the body cannot be read any more
    [Theory]
    [InlineData("/upload", "close")]
    [InlineData("/upload", "reset")]
    [InlineData("/upload-child", "close")]
    [InlineData("/upload-child", "reset")]
    [InlineData("/upload-no-group", "close")]
    [InlineData("/upload-no-group", "reset")]
    public async Task Client_WhenItLeavesInTheMiddleOfAnUpload_IsNoError(string path, string how)
    {
        await using TestApp test = await StartAsync(new ManualClock());
        using RawConnection connection = await test.ConnectAsync();
        await connection.PostPartAsync(path, 1_000, 10);
        await test.Trail.WaitForAsync("reading").WithWatchdog();

        if (how == "reset")
        {
            connection.Reset();
        }
        else
        {
            connection.Dispose();
        }

        Assert.Equal(new TestApp.RequestEnd(499, null), await test.EndOfAsync(path));
        await test.FinishedAsync(path);
        test.AssertLoggedOnce(LogLevel.Debug);
    }

    // R50: what the request has spent before its first use counts
    [Fact]
    public async Task Limit_WhenItHasPassedBeforeTheFirstUse_CancelsAtOnce()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        Task answer = JoinTests.AssertProblemAsync(test, "/slow-start", HttpStatusCode.GatewayTimeout);
        await test.Trail.WaitForAsync("waiting").WithWatchdog();

        clock.Advance(Limit);
        test.App.Services.GetRequiredService<Gate>().Open();
        await answer.WithWatchdog();

        Assert.DoesNotContain("child", test.Trail.Steps);
    }

    // R50: what is left of it
    [Fact]
    public async Task Limit_WhenAPartHasPassedBeforeTheFirstUse_IsWhatIsLeft()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        Task answer = JoinTests.AssertProblemAsync(test, "/slow-start-hanging", HttpStatusCode.GatewayTimeout);
        await test.Trail.WaitForAsync("waiting").WithWatchdog();

        clock.Advance(Limit / 2);
        test.App.Services.GetRequiredService<Gate>().Open();
        await test.Trail.WaitForAsync("started").WithWatchdog();
        clock.Advance(Limit / 2);

        await answer.WithWatchdog();
    }

    // R19, R50: the result stands, and the log names who ignored its token: one that ran when the limit passed, and has ended by now
    [Theory]
    [InlineData("/late")]
    [InlineData("/late-forgotten")]
    public async Task Answer_WhenItComesAfterTheLimit_IsSentAndIsOneWarning(string path)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(clock);
        Task<string> request = test.Client.GetStringAsync(path);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);
        test.App.Services.GetRequiredService<Gate>().Open();

        Assert.Equal("late", await request.WithWatchdog());
        Assert.Equal(
            $"The answer of 'GET {path}' comes after its limit: what ran then ignored its token, and has ended since. The task group "
                + $"'GET {path}' was canceled by its timeout of 2 s. Running then: 'stubborn' (2 s).",
            test.AssertLoggedOnce(LogLevel.Warning).Message);
    }

    // R29: exception handling inside answers first, with 500
    [Fact]
    public async Task ExceptionHandling_InsideTheMiddleware_IsOneWarning()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (ITaskGroup tasks) => tasks.Run(ct => Task.Delay(Timeout.Infinite, ct)))
                .WithTaskGroup(TimeSpan.Zero),
            pipeline: app =>
            {
#pragma warning disable TG0013 // The order is what is tested.
                app.UseRequestTaskGroups();
#pragma warning restore TG0013
                app.UseExceptionHandler();
            });

        for (int request = 0; request < 2; request++)
        {
            using HttpResponseMessage response = await test.Client.GetAsync("/").WithWatchdog();
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        }

        LogEntry warning = Assert.Single(
            test.Log.Entries,
            each => each.Level == LogLevel.Warning && each.Category.StartsWith("TaskGroups.AspNetCore", StringComparison.Ordinal));
        Assert.Contains("app.UseExceptionHandler() before app.UseRequestTaskGroups()", warning.Message, StringComparison.Ordinal);
    }

    // R28: a GraphQL server, an own error middleware: the failure came out of the child to code that awaited it and wrote its answer
    [Theory]
    [InlineData("/graphql")]
    [InlineData("/own-errors")]
    public async Task Failure_ThatWasHandledInside_DoesNotAbortACompleteResponse(string path)
    {
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.Use(async (context, next) =>
            {
                try
                {
                    await next(context);
                }
                catch (FormatException failure)
                {
                    await context.Response.WriteAsync($"error: {failure.Message}");
                }
            });
            app.MapGet("/graphql", async (HttpContext context, ITaskGroup tasks) =>
            {
                try
                {
                    await tasks.Run(FailAsync);
                }
                catch (FormatException failure)
                {
                    await context.Response.WriteAsync($"error: {failure.Message}");
                }
            });
            app.MapGet("/own-errors", async (ITaskGroup tasks) => await tasks.Run(FailAsync));
        });

        Assert.Equal("error: broken", await test.Client.GetStringAsync(path).WithWatchdog());
        await test.FinishedAsync(path);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Warning);

        // It has failed before it is awaited: whether code that is about to await a child sees it fail first is chance.
        static Task FailAsync(CancellationToken cancellationToken) => Task.FromException(new FormatException("broken"));
    }

    // R33: without a group nothing can be canceled but the connection; a long response must not take the drain's time
    [Theory]
    [InlineData("/stream")]
    [InlineData("/stream-after-group")]
    public async Task Stop_WhenALongResponseHasNoGroup_AbortsItAfterTheGrace(string path)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(
            clock, builder => builder.Services.AddRequestTaskGroups(options => options.ShutdownGrace = Limit));
        Task<string> request = test.Client.GetStringAsync(path);
        await test.Trail.WaitForAsync("streaming").WithWatchdog();

        test.App.Lifetime.StopApplication();
        clock.Advance(Limit);

        await Assert.ThrowsAsync<HttpRequestException>(() => request).WithWatchdog();
        await test.FinishedAsync(path);
        Assert.Equal("stream ended", test.Trail.Steps[^1]);
        test.AssertQuiet();
        Assert.Contains(
            path == "/stream" ? "grace for requests" : "because the application stops",
            test.AssertLoggedOnce(LogLevel.Information).Message,
            StringComparison.Ordinal);
    }

    // R29: the application maps endings itself
    [Fact]
    public async Task MapEndings_WhenItIsOff_LeavesEverythingToExceptionHandling()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(
            clock, builder => builder.Services.AddRequestTaskGroups(options => options.MapEndings = false));
        Task answer = JoinTests.AssertProblemAsync(test, "/joined", HttpStatusCode.InternalServerError);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);
        await answer.WithWatchdog();

        LogEntry error = Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error);
        Assert.IsType<DriverException>(Assert.IsType<TimeoutException>(error.Exception).InnerException);
    }

    // R38: names of children are for developers
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ProblemDetails_InDevelopmentOnly_NameTheChildren(bool isDevelopment)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(
            clock,
            builder =>
            {
                ServiceDescriptor environment = builder.Services.Last(each => each.ServiceType == typeof(IHostEnvironment));
                ((IHostEnvironment)environment.ImplementationInstance!).EnvironmentName =
                    isDevelopment ? Environments.Development : Environments.Production;
            });
        Task<HttpResponseMessage> request = test.Client.GetAsync("/joined");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(Limit);

        using HttpResponseMessage response = await request.WithWatchdog();
        string body = await response.Content.ReadAsStringAsync();
        Assert.Contains("504", body, StringComparison.Ordinal);
        Assert.Equal(isDevelopment, body.Contains("price", StringComparison.Ordinal));
        Assert.Equal(isDevelopment, body.Contains(nameof(DriverException), StringComparison.Ordinal));
    }

    private static Task<TestApp> StartAsync(
        TimeProvider clock, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? pipeline = null) => TestApp.StartAsync(
        (app, test) =>
        {
            Gate gate = app.Services.GetRequiredService<Gate>();
            app.MapGet("/joined", async (ITaskGroup tasks) =>
            {
                Task child = tasks.Run(QueryAsync, "price");
                test.Trail.Add("started");
                await child;
            }).WithTaskGroup(Limit);
            app.MapGet("/forgotten", (ITaskGroup tasks) =>
            {
                tasks.Run(QueryAsync, "price");
                test.Trail.Add("started");
                return Task.CompletedTask;
            }).WithMetadata(new RequestTaskGroupPolicy { Timeout = Limit });
            app.MapGet("/body", async (ITaskGroup tasks) =>
            {
                tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "price");
                test.Trail.Add("started");
                await QueryAsync(tasks.CancellationToken);
            }).WithTaskGroup(Limit);
            app.MapGet("/two", async (ITaskGroup tasks) =>
            {
                Task first = tasks.Run(QueryAsync, "price");
                Task second = tasks.Run(QueryAsync, "stock");
                test.Trail.Add("started");
                await first;
                await second;
            }).WithTaskGroup(Limit);
            app.MapGet("/plain", async (HttpContext context) =>
            {
                test.Trail.Add("started");
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            });
            app.MapGet("/failing", async (ITaskGroup tasks) =>
            {
                Task child = tasks.Run(QueryAsync);
                tasks.Run(_ => Task.FromException(new FormatException("broken")));
                await child;
            }).WithTaskGroup(Limit);
            app.MapGet("/late-client", (HttpContext context, ITaskGroup tasks, string type) => FailAsync(context, tasks, type))
                .WithTaskGroup();
            app.MapGet("/late-client-started", async (HttpContext context, ITaskGroup tasks, string type) =>
            {
                await context.Response.WriteAsync("part");
                await FailAsync(context, tasks, type);
            });
            app.MapPost("/upload", (HttpContext context, ITaskGroup tasks) => ReadAsync(context)).WithTaskGroup();
            app.MapPost("/upload-child", (HttpContext context, ITaskGroup tasks) => tasks.Run(_ => ReadAsync(context))).WithTaskGroup();
            app.MapPost("/upload-no-group", ReadAsync);
            app.MapGet("/slow-start", async (ITaskGroup tasks) =>
            {
                test.Trail.Add("waiting");
                await gate.WaitAsync();
                await tasks.Run(_ =>
                {
                    test.Trail.Add("child");
                    return Task.CompletedTask;
                });
            }).WithTaskGroup(Limit);
            app.MapGet("/slow-start-hanging", async (ITaskGroup tasks) =>
            {
                test.Trail.Add("waiting");
                await gate.WaitAsync();
                Task child = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
                test.Trail.Add("started");
                await child;
            }).WithTaskGroup(Limit);
            app.MapGet("/late", async (ITaskGroup tasks) =>
            {
                Task child = tasks.Run(_ => gate.WaitAsync(CancellationToken.None), "stubborn");
                test.Trail.Add("started");
                await child;
                return "late";
            }).WithTaskGroup(Limit);
            app.MapGet("/late-forgotten", (ITaskGroup tasks) =>
            {
                tasks.Run(_ => gate.WaitAsync(CancellationToken.None), "stubborn");
                test.Trail.Add("started");
                return "late";
            }).WithTaskGroup(Limit);
            app.MapGet("/stream", StreamAsync);
            app.MapGet("/stream-after-group", async (HttpContext context, ITaskGroup tasks) =>
            {
                await tasks.Run(_ => Task.CompletedTask);
                await StreamAsync(context);
            });

            async Task FailAsync(HttpContext context, ITaskGroup tasks, string type)
            {
                context.RequestAborted.Register(() => test.Trail.Add("aborted"));
                tasks.Run(_ => Task.FromException(type == nameof(IOException) ? new IOException("disk") : new TaskCanceledException()));
                tasks.Run(_ => gate.WaitAsync(CancellationToken.None));
                test.Trail.Add("failed");
                await gate.WaitAsync();
            }

            async Task ReadAsync(HttpContext context)
            {
                test.Trail.Add("reading");
                await context.Request.Body.CopyToAsync(Stream.Null);
            }

            async Task StreamAsync(HttpContext context)
            {
                await context.Response.WriteAsync("part");
                test.Trail.Add("streaming");
                try
                {
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }
                finally
                {
                    test.Trail.Add("stream ended");
                }
            }
        },
        builder =>
        {
            builder.Services.AddSingleton(clock).AddSingleton(_ => new Gate());
            configure?.Invoke(builder);
        },
        pipeline);

    private static async Task QueryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new DriverException();
        }
    }

    private sealed class DriverException() : Exception("canceled by the caller");
}
