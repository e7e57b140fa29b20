using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Clients that leave before they have their answer.</summary>
public sealed class ClientGoneTests
{
    // R29
    [Theory]
    [InlineData("close")]
    [InlineData("reset")]
    [InlineData("half-close")]
    public async Task Client_WhenItLeaves_CancelsTheChildrenAndEndsWith499WithoutAnError(string how)
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/slow");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        switch (how)
        {
            case "close":
                connection.Dispose();
                break;
            case "reset":
                connection.Reset();
                break;
            default:
                connection.HalfClose();
                break;
        }

        await AssertGoneAsync(test);
        Assert.Equal(["started", "canceled: CallerCanceled"], test.Trail.Steps);
    }

    // R28, R29: a cache outside that saw the request end as if it were whole would hand the part to everybody else
    [Fact]
    public async Task Client_WhenItLeavesInTheMiddleOfABody_LeavesNoPartInACache()
    {
        int calls = 0;
        await using TestApp test = await TestApp.StartAsync(
            (app, test) => app.MapGet("/rows", async (HttpContext context) =>
            {
                context.Response.ContentType = "text/plain";
                await context.Response.WriteAsync("first ");
                if (++calls == 1)
                {
                    test.Trail.Add("started");
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }

                await context.Response.WriteAsync("last");
            }).CacheOutput(),
            builder => builder.Services.AddOutputCache(),
            app =>
            {
                app.UseOutputCache();
                app.UseRequestTaskGroups();
            });
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/rows");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Dispose();

        Assert.IsAssignableFrom<OperationCanceledException>((await test.EndOfAsync("/rows")).Exception);
        await test.FinishedAsync("/rows");
        Assert.Equal("first last", await test.Client.GetStringAsync("/rows").WithWatchdog());
        test.AssertQuiet();
    }

    // R29: a child that no code awaits meets the connection that is gone; so it would if the handler awaited it
    [Fact]
    public async Task Client_WhenItLeavesAndAForgottenChildFailsToWriteToIt_IsNoError()
    {
        await using TestApp test = await TestApp.StartAsync((app, test) => app
            .MapGet("/rows", async (HttpContext context, ITaskGroup tasks) =>
                {
                    await context.Response.WriteAsync("first ");
                    tasks.Run(async ct =>
                    {
                        await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                        throw new IOException("The client reset the request stream.");
                    });
                    test.Trail.Add("started");
                }));
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/rows");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Dispose();

        await test.FinishedAsync("/rows");
        test.AssertQuiet();
    }

    // R29: one stream of a connection that lives on.
    [Fact]
    public async Task Client_WhenItResetsAnHttp2Stream_CancelsThisRequestOnly()
    {
        await using TestApp test = await StartAsync(TestApp.UseHttp2);
        test.Client.DefaultRequestVersion = HttpVersion.Version20;
        test.Client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage> slow = test.Client.GetAsync("/slow", leave.Token);
        Task<HttpResponseMessage> gated = test.Client.GetAsync("/gated");
        await test.Trail.WaitForAsync("started").WithWatchdog();
        await test.Trail.WaitForAsync("gated").WithWatchdog();

        await leave.CancelAsync();

        await AssertGoneAsync(test);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
        test.App.Services.GetRequiredService<Gate>().Open();
        using HttpResponseMessage response = await gated.WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // R29: the connection under all streams.
    [Fact]
    public async Task Client_WhenItsHttp2ConnectionIsLost_CancelsTheRequest()
    {
        await using TestApp test = await StartAsync(TestApp.UseHttp2);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        using SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket);
            },
        };
        using HttpMessageInvoker client = new(handler);
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(test.Client.BaseAddress!, "/slow"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Task<HttpResponseMessage> slow = client.SendAsync(request, CancellationToken.None);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        socket.LingerState = new LingerOption(true, 0);
        socket.Close();

        await AssertGoneAsync(test);
        await Assert.ThrowsAsync<HttpRequestException>(() => slow).WithWatchdog();
    }

    // R30: back-pressure keeps the server from seeing the client leave; the group's own timeout ends the work.
    [Fact]
    public async Task Client_WhenItLeavesWithABodyThatNothingReads_IsEndedByTheTimeout()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using RawConnection connection = await test.ConnectAsync();
        Task sent = connection.PostAsync("/unread", 3_000_000);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Reset();
        clock.Advance(TimeSpan.FromSeconds(2));
        await test.EndOfAsync("/unread");

        // As a rule the first; the second if the server saw the end before its buffers were full.
        Assert.Contains(test.Trail.Steps[^1], new[] { "canceled: TimedOut", "canceled: CallerCanceled" });
        await sent.WithWatchdog();
    }

    // R28, R29: the handler has returned and the response is out; a forgotten child is still joined, and still canceled.
    [Fact]
    public async Task Client_WhenItLeavesDuringTheJoin_CancelsForgottenChildren()
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/forgotten");
        Assert.Equal("done", (await connection.ReadAsync()).Body);

        connection.Dispose();
        await test.EndOfAsync("/forgotten");

        Assert.Equal(["canceled: CallerCanceled"], test.Trail.Steps);
        test.AssertLoggedOnce(LogLevel.Debug);
    }

    // R11, R29: a failure that was there before the client left is a failure.
    [Fact]
    public async Task Client_WhenItLeavesAfterAFailure_DoesNotHideIt()
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/failing");
        await test.Trail.WaitForAsync("failed").WithWatchdog();

        connection.Dispose();
        await test.Trail.WaitForAsync("aborted").WithWatchdog();
        test.App.Services.GetRequiredService<Gate>().Open();
        await test.FinishedAsync("/failing");

        Assert.IsType<FormatException>(Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error).Exception);
    }

    // R19: everything finished, so nothing was cut short.
    [Fact]
    public async Task Client_WhenItLeavesAndTheHandlerIgnoresIt_LetsTheResultStand()
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/stubborn");
        await test.Trail.WaitForAsync("stubborn").WithWatchdog();

        connection.Dispose();
        TestApp.RequestEnd end = await test.EndOfAsync("/stubborn");

        Assert.Equal(new TestApp.RequestEnd(200, null), end);
        test.AssertQuiet();
    }

    // R29: Kestrel alone, without groups. Its exception has no type of its own, so its message is looked for: this tells when it changes.
    [Fact]
    public async Task Kestrel_WhenAnUploadIsCutOff_SaysSoWithTheMessageThatIsLookedFor()
    {
        TaskCompletionSource<Exception?> thrown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestApp test = await TestApp.StartAsync(
            (_, _) => { },
            pipeline: app =>
            {
                app.Map("/upload", branch => branch.Run(async context => thrown.SetResult(
                    await Record.ExceptionAsync(() => context.Request.Body.CopyToAsync(Stream.Null)))));
                app.UseRequestTaskGroups();
            });
        using RawConnection connection = await test.ConnectAsync();
        await connection.PostPartAsync("/upload", length: 1_000, sent: 10);

        connection.HalfClose();

        BadHttpRequestException lost = Assert.IsType<BadHttpRequestException>(
            await thrown.Task.WithWatchdog(), exactMatch: false);
        Assert.Equal(EndingClassifier.LostUpload + ".", lost.Message);
        Assert.Equal(StatusCodes.Status400BadRequest, lost.StatusCode);
        Assert.True(EndingClassifier.IsLostUpload(lost));
    }

    // R29: the same for a stream of HTTP/2. The body may fail before the server's token fires: its exception alone tells who ended it.
    [Theory]
    [InlineData("stream", EndingClassifier.ResetStream)]
    [InlineData("reset", EndingClassifier.LostStream)]
    [InlineData("close", EndingClassifier.LostStream)]
    public async Task Kestrel_WhenAnUploadOverHttp2IsCutOff_SaysSoWithTheMessageThatIsLookedFor(string how, string message)
    {
        TaskCompletionSource reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<Exception?> thrown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestApp test = await TestApp.StartAsync(
            (_, _) => { },
            TestApp.UseHttp2,
            app =>
            {
                app.Map("/upload", branch => branch.Run(async context =>
                {
                    await context.Request.Body.ReadExactlyAsync(new byte[5]);
                    reading.SetResult();
                    thrown.SetResult(await Record.ExceptionAsync(() => context.Request.Body.CopyToAsync(Stream.Null)));
                }));
                app.UseRequestTaskGroups();
            });
        using BreakableConnections connections = new();
        using HttpMessageInvoker client = new(connections.Handler, disposeHandler: false);
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(test.Client.BaseAddress!, "/upload"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new UnfinishedContent(),
        };
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage> upload = client.SendAsync(request, leave.Token);
        await reading.Task.WithWatchdog();

        switch (how)
        {
            case "stream":
                await leave.CancelAsync();
                break;
            default:
                connections.Break(how == "reset" ? Break.Reset : Break.Close);
                break;
        }

        IOException lost = Assert.IsType<IOException>(await thrown.Task.WithWatchdog());
        Assert.Equal(message + ".", lost.Message);
        Assert.Equal(RequestEnding.ClientGone, EndingClassifier.Of(failed: null, lost, aborted: CancellationToken.None));
        await Assert.ThrowsAnyAsync<Exception>(() => upload).WithWatchdog();
    }

    // R4, R27: the second request begins when its client has gone already.
    [Fact]
    public async Task PipelinedRequest_WhenTheClientHasGone_InvokesNoChild()
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/gated", "/second");
        await test.Trail.WaitForAsync("gated").WithWatchdog();

        connection.Dispose();
        await test.Trail.WaitForAsync("aborted").WithWatchdog();
        test.App.Services.GetRequiredService<Gate>().Open();
        TestApp.RequestEnd end = await test.EndOfAsync("/second");

        Assert.Equal(new TestApp.RequestEnd(499, null), end);
        Assert.DoesNotContain("second's child", test.Trail.Steps);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Warning);
    }

    // R17: injection has opened the group, its client has gone: the endpoint filter does not even invoke the handler.
    [Fact]
    public async Task PipelinedRequest_WithTaskGroupWhenTheClientHasGone_DoesNotInvokeTheHandler()
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/gated", "/filtered");
        await test.Trail.WaitForAsync("gated").WithWatchdog();

        connection.Dispose();
        await test.Trail.WaitForAsync("aborted").WithWatchdog();
        test.App.Services.GetRequiredService<Gate>().Open();

        Assert.Equal(499, (await test.EndOfAsync("/filtered")).Status);
        Assert.DoesNotContain("filtered's handler", test.Trail.Steps);
    }

    // R21, R27: an abort reaches the request that runs, never the group of an earlier request on the connection.
    [Fact]
    public async Task Client_WhenItLeavesDuringALaterRequest_LeavesTheEarlierGroupAlone()
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/kept");
        await connection.ReadAsync();
        await connection.GetAsync("/slow");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        connection.Dispose();
        await AssertGoneAsync(test);

        ITaskGroup kept = test.App.Services.GetRequiredService<Kept>().Group!;
        Assert.Equal(CancellationReason.None, kept.CancellationReason);
        Assert.False(kept.CancellationToken.IsCancellationRequested);
    }

    // R29: the app's code is not needed for it, and neither is the group.
    [Fact]
    public async Task Client_WhenItLeavesBeforeTheGroupIsUsed_EndsTheRequestTheSameWay()
    {
        await using TestApp test = await StartAsync();
        using RawConnection connection = await test.ConnectAsync();
        await connection.GetAsync("/groupless");
        await test.Trail.WaitForAsync("groupless").WithWatchdog();

        connection.Dispose();

        Assert.Equal(new TestApp.RequestEnd(499, null), await test.EndOfAsync("/groupless"));
        test.AssertLoggedOnce(LogLevel.Debug);
    }

    private static Task<TestApp> StartAsync(Action<WebApplicationBuilder>? configure = null) => TestApp.StartAsync(
        (app, test) =>
        {
            Gate gate = app.Services.GetRequiredService<Gate>();
            app.MapGet("/slow", async (ITaskGroup tasks) =>
            {
                Task child = tasks.Run(ct => UntilCanceled(tasks, test.Trail, ct));
                test.Trail.Add("started");
                await child;
            });
            app.MapPost("/unread", async (ITaskGroup tasks) =>
            {
                Task child = tasks.Run(ct => UntilCanceled(tasks, test.Trail, ct));
                test.Trail.Add("started");
                await child;
            }).WithTaskGroup(TimeSpan.FromSeconds(2));
            app.MapGet("/forgotten", (ITaskGroup tasks) =>
            {
                tasks.Run(ct => UntilCanceled(tasks, test.Trail, ct));
                return Results.Text("done");
            });
            app.MapGet("/failing", async (HttpContext context, ITaskGroup tasks) =>
            {
                context.RequestAborted.Register(() => test.Trail.Add("aborted"));
                tasks.Run(_ => Task.FromException(new FormatException("broken")));
                test.Trail.Add("failed");
                await gate.WaitAsync();
            });
            app.MapGet("/stubborn", async (HttpContext context, ITaskGroup tasks) =>
            {
                Gate aborted = new();
                context.RequestAborted.Register(aborted.Open);
                tasks.Run(_ => aborted.WaitAsync(CancellationToken.None));
                test.Trail.Add("stubborn");
                await aborted.WaitAsync();
            });
            app.MapGet("/gated", async (HttpContext context) =>
            {
                context.RequestAborted.Register(() => test.Trail.Add("aborted"));
                test.Trail.Add("gated");
                await gate.WaitAsync();
            });
            app.MapGet("/second", async (ITaskGroup tasks) => await tasks.Run(_ =>
            {
                test.Trail.Add("second's child");
                return Task.CompletedTask;
            }));
            app.MapGet("/filtered", (ITaskGroup tasks) => test.Trail.Add("filtered's handler")).WithTaskGroup();
            app.MapGet("/kept", (ITaskGroup tasks, Kept kept) =>
            {
                kept.Group = tasks;
                return Results.Text("kept");
            });
            app.MapGet("/groupless", async (HttpContext context) =>
            {
                test.Trail.Add("groupless");
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            });
        },
        builder =>
        {
            builder.Services.AddSingleton(_ => new Gate()).AddSingleton<Kept>();
            configure?.Invoke(builder);
        });

    private static async Task AssertGoneAsync(TestApp test)
    {
        Assert.Equal(new TestApp.RequestEnd(499, null), await test.EndOfAsync("/slow"));
        await test.FinishedAsync("/slow");
        Assert.Contains("GET /slow", test.AssertLoggedOnce(LogLevel.Debug).Message, StringComparison.Ordinal);
    }

    private static async Task UntilCanceled(ITaskGroup tasks, Trail trail, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            trail.Add($"canceled: {tasks.CancellationReason}");
        }
    }

    /// <summary>A body of which five bytes are sent, and no more.</summary>
    private sealed class UnfinishedContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[5], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Kept
    {
        public ITaskGroup? Group { get; set; }
    }
}
