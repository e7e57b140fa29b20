using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>
/// The table "What happens when" of docs/requests.md, row by row, on real Kestrel. The normal run takes each ending once, over the kinds of
/// endpoint and both versions of HTTP by turns; with TASKGROUPS_ALL_ENDINGS=1 it takes the full product.
/// </summary>
public sealed class EndingMatrixTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private static readonly string[] Hosts = ["minimal", "joined", "controller", "page", "raw"];

    // The answer of an endpoint that is joined before its result, that of any other, and the level of the one line in the log.
    private static readonly (string Ending, string Joined, string Unjoined, LogLevel? Log)[] Rows =
    [
        ("normal", "200", "200", null),
        ("child-fails", "500", "500", LogLevel.Error),
        ("forgotten-child-fails", "500", "aborted", LogLevel.Error),
        ("child-fails-in-the-body", "aborted", "aborted", LogLevel.Error),
        ("client-closes", "499", "499", LogLevel.Debug),
        ("client-resets", "499", "499", LogLevel.Debug),
        ("client-closes-its-half", "499", "499", LogLevel.Debug),
        ("client-cancels", "499", "499", LogLevel.Debug),
        ("client-leaves-in-the-body", "gone", "gone", LogLevel.Debug),
        ("client-leaves-in-an-upload", "499", "499", LogLevel.Debug),
        ("limit-passes", "504", "504", LogLevel.Warning),
        ("limit-passes-in-the-body", "aborted", "aborted", LogLevel.Error),
        ("limit-passes-unheeded", "200", "200", LogLevel.Warning),
        ("full", "503", "503", LogLevel.Warning),
        ("host-stops-heeded", "503", "503", LogLevel.Information),
        ("host-stops-cut", "503", "503", LogLevel.Warning),
        ("host-stops-in-the-body", "aborted", "aborted", LogLevel.Information),
        ("request-timeout-outside", "504", "504", null),
        ("request-timeout-inside", "504", "504", null),
        ("own-timeout-outside", "504", "504", null),
        ("own-timeout-inside", "504", "504", null),
        ("error-page", "500", "500", LogLevel.Error),
        ("keep-alive", "200", "200", null),
        ("pipelining", "200", "200", null),
        ("filter-outside", "200", "200", null),
        ("filter-inside", "200", "200", null),
        ("sub-requests", "200", "200", null),
    ];

    public static TheoryData<string, string, bool> Cases
    {
        get
        {
            TheoryData<string, string, bool> cases = [];
            bool isComplete = Environment.GetEnvironmentVariable("TASKGROUPS_ALL_ENDINGS") == "1";
            for (int row = 0; row < Rows.Length; row++)
            {
                for (int host = 0; host < Hosts.Length; host++)
                {
                    foreach (bool isHttp2 in (bool[])[false, true])
                    {
                        // By turns, so that each kind of endpoint and each version meets different endings.
                        if (isComplete || (host == row % Hosts.Length && isHttp2 == (row % 2 == 1)))
                        {
                            cases.Add(Rows[row].Ending, Hosts[host], isHttp2);
                        }
                    }
                }
            }

            return cases;
        }
    }

    // R19, R28, R29, R33, R41, R42, R50
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Request_WhenItEnds_IsAnsweredAsTheTableSays(string ending, string host, bool isHttp2)
    {
        (_, string joined, string unjoined, LogLevel? log) = Rows.Single(row => row.Ending == ending);
        string expected = host is "minimal" or "raw" ? unjoined : joined;
        ManualClock clock = new();
        await using TestApp test = await StartAsync(ending, isHttp2, clock);
        await using Leaver client = new(test.Port, isHttp2);
        string path = $"/{host}/{ending}";
        Task<string> answer = ending == "pipelining" && !isHttp2
            ? client.PipelineAsync(path)
            : AnswerAsync(client, path, ending == "client-leaves-in-an-upload");
        if (ending is "keep-alive")
        {
            Assert.Equal(expected, await answer.WithWatchdog());
            answer = AnswerAsync(client, path, isUpload: false);
        }

        if (ending is "pipelining" && isHttp2)
        {
            Assert.Equal([expected, expected], await Task.WhenAll(answer, AnswerAsync(client, path, isUpload: false)).WithWatchdog());
        }

        await ActAsync(test, client, clock, ending);

        if (expected is "499" or "gone")
        {
            TestApp.RequestEnd end = await test.EndOfAsync(path);
            Assert.Equal(expected == "499" ? 499 : 200, end.Status);
            Assert.Null(end.Exception); // exception handling takes the cancellation of a client that has gone
            await client.CancelAsync(); // an upload that has no end would go on
            await Record.ExceptionAsync(() => answer);
        }
        else
        {
            Assert.Equal(expected, await answer.WithWatchdog());
        }

        await test.FinishedAsync(path);
        AssertLog(test, log);
    }

    private static void AssertLog(TestApp test, LogLevel? level)
    {
        LogLevel highest = level is null or LogLevel.Debug or LogLevel.Information ? LogLevel.Warning : level.Value + 1;
        Assert.DoesNotContain(
            test.Log.Entries,
            each => each.Level >= highest && !each.Category.StartsWith("Microsoft.AspNetCore.Http.Timeouts", StringComparison.Ordinal));
        if (level is LogLevel.Error)
        {
            Assert.Contains(test.Log.Entries, each => each.Level == LogLevel.Error);
        }
        else if (level is not null)
        {
            Assert.Single(
                test.Log.Entries,
                each => each.Level == level && TestApp.IsOfTheMiddleware(each));
        }
    }

    private static async Task<string> AnswerAsync(Leaver client, string path, bool isUpload)
    {
        try
        {
            using HttpResponseMessage response = await client.SendAsync(path, isUpload);
            await response.Content.ReadAsStringAsync();
            return ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception aborted) when (aborted is HttpRequestException or IOException)
        {
            return "aborted";
        }
    }

    private static async Task ActAsync(TestApp test, Leaver client, ManualClock clock, string ending)
    {
        if (!HasGate(ending))
        {
            return;
        }

        await test.Trail.WaitForAsync("started").WithWatchdog();
        switch (ending)
        {
            case "client-closes" or "client-leaves-in-the-body" or "client-leaves-in-an-upload":
                client.Socket.Close();
                break;
            case "client-resets":
                client.Socket.LingerState = new LingerOption(true, 0);
                client.Socket.Close();
                break;
            case "client-closes-its-half":
                client.Socket.Shutdown(SocketShutdown.Send);
                break;
            case "client-cancels":
                await client.CancelAsync();
                break;
            case "limit-passes" or "limit-passes-in-the-body":
                clock.Advance(Limit);
                break;
            case "limit-passes-unheeded":
                clock.Advance(Limit);
                test.App.Services.GetRequiredService<Gate>().Open();
                break;
            case "host-stops-heeded" or "host-stops-cut" or "host-stops-in-the-body":
                test.App.Lifetime.StopApplication();
                break;
            case "own-timeout-outside" or "own-timeout-inside":
                await test.App.Services.GetRequiredService<OwnTimeout>().CancelAsync();
                break;
        }
    }

    private static bool HasGate(string ending) => ending is not ("normal" or "keep-alive" or "pipelining"
        or "filter-outside" or "filter-inside" or "sub-requests" or "full" or "error-page" or "child-fails"
        or "forgotten-child-fails" or "child-fails-in-the-body" or "request-timeout-outside" or "request-timeout-inside");

    private static Task<TestApp> StartAsync(string ending, bool isHttp2, ManualClock clock) => TestApp.StartAsync(
        (app, _) =>
        {
            Delegate handler = async (string ending, HttpContext context, ITaskGroup tasks) =>
            {
                await EndingScenario.RunAsync(ending, context, tasks);
                return context.Response.HasStarted ? Results.Empty : Results.Text("ok");
            };
            app.MapMethods("/minimal/{ending}", ["GET", "POST"], handler);
            app.MapMethods("/joined/{ending}", ["GET", "POST"], handler)
                .AddEndpointFilter(new AroundFilter(ending == "filter-outside"))
                .WithTaskGroup()
                .AddEndpointFilter(new AroundFilter(ending == "filter-inside"));
            app.MapControllers();
            app.MapRazorPages();
            app.Map("/error", async (ITaskGroup tasks) => await tasks.Run(_ => Task.FromResult("the page")));
        },
        builder =>
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(
                listen => listen.Protocols = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1));
            builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton(_ => new Gate()).AddSingleton<OwnTimeout>();
            builder.Services.AddRequestTimeouts(options =>
            {
                // Long enough for the child to begin first on a loaded machine.
                options.DefaultPolicy = ending.StartsWith("request-timeout", StringComparison.Ordinal)
                    ? new RequestTimeoutPolicy { Timeout = TimeSpan.FromSeconds(1) }
                    : null;
            });
            builder.Services.AddRequestTaskGroups(options =>
            {
                options.ShutdownGrace = ending == "host-stops-heeded" ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;
                options.DefaultPolicy = new RequestTaskGroupPolicy
                {
                    Timeout = ending.StartsWith("limit", StringComparison.Ordinal) ? Limit : null,
                    MaxConcurrency = ending == "full" ? 1 : null,
                    MaxWaiting = ending == "full" ? 0 : null,
                };
            });
            builder.Services
                .AddControllers(options => options.Filters.Add(new AroundFilter(ending == "filter-outside", ending == "filter-inside")))
                .AddApplicationPart(typeof(EndingController).Assembly);
            builder.Services.AddRazorPages().AddApplicationPart(typeof(EndingController).Assembly);
        },
        app =>
        {
            OwnTimeout own = app.Services.GetRequiredService<OwnTimeout>();
            _ = ending == "error-page" ? app.UseExceptionHandler("/error") : app.UseExceptionHandler();
            if (ending == "sub-requests")
            {
                app.Use(SubRequestTests.RunTwiceAsync);
            }

            Use("outside");
            app.UseRequestTaskGroups();
            Use("inside");
            if (ending is "filter-outside" or "filter-inside")
            {
                app.Use((context, next) => AroundFilter.UseGroupAsync(context, () => next(context))); // for what has no filters
            }

            app.UseRouting();
            app.Use(RunRawAsync);

            void Use(string place)
            {
                if (ending == $"request-timeout-{place}")
                {
                    app.UseRequestTimeouts();
                }
                else if (ending == $"own-timeout-{place}")
                {
                    app.Use(own.InvokeAsync);
                }
            }
        });

    // Middleware that answers by itself, without an endpoint.
    private static async Task RunRawAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments("/raw", out PathString ending))
        {
            await EndingScenario.RunAsync(ending.Value![1..], context, context.GetTaskGroup());
            if (!context.Response.HasStarted)
            {
                await context.Response.WriteAsync("ok");
            }
        }
        else
        {
            await next(context);
        }
    }

    private sealed class OwnTimeout : IDisposable
    {
        private readonly CancellationTokenSource _limit = new();

        public void Dispose() => _limit.Dispose();

        public Task CancelAsync() => _limit.CancelAsync();

        public async Task InvokeAsync(HttpContext context, RequestDelegate next)
        {
            CancellationToken client = context.RequestAborted;
            context.RequestAborted = _limit.Token;
            try
            {
                await next(context);
            }
            catch (OperationCanceledException) when (!client.IsCancellationRequested)
            {
                context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
            }
            finally
            {
                context.RequestAborted = client;
            }
        }
    }

    /// <summary>A client over one connection, which it can end in every way.</summary>
    private sealed class Leaver : IAsyncDisposable
    {
        private readonly CancellationTokenSource _leave = new();
        private readonly HttpClient _client;
        private readonly bool _isHttp2;

        public Leaver(int port, bool isHttp2)
        {
            _isHttp2 = isHttp2;
            _client = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancellationToken) =>
                {
                    await Socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(Socket, ownsSocket: true);
                },
            })
            {
                BaseAddress = new Uri($"http://127.0.0.1:{port}"),
                Timeout = WatchdogExtensions.Limit,
            };
        }

        public Socket Socket { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public Task CancelAsync() => _leave.CancelAsync();

        public Task<HttpResponseMessage> SendAsync(string path, bool isUpload) => _client.SendAsync(
            new HttpRequestMessage(isUpload ? HttpMethod.Post : HttpMethod.Get, path)
            {
                Version = _isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = isUpload ? new StreamContent(new EndlessStream()) : null,
            },
            _leave.Token);

        /// <summary>Sends two requests without waiting between them, and reads the status of both answers.</summary>
        public async Task<string> PipelineAsync(string path)
        {
            await Socket.ConnectAsync(_client.BaseAddress!.Host, _client.BaseAddress.Port).WithWatchdog();
            byte[] request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await Socket.SendAsync((byte[])[.. request, .. request]).WithWatchdog();
            using StreamReader answers = new(new NetworkStream(Socket), Encoding.ASCII);
            List<string> statuses = [];
            while (statuses.Count < 2)
            {
                string line = await answers.ReadLineAsync().WithWatchdog() ?? throw new IOException("The server closed the connection.");
                if (line.Contains("HTTP/1.1 ", StringComparison.Ordinal)) // behind a body without an end of line, or at its beginning
                {
                    statuses.Add(line[(line.IndexOf("HTTP/1.1 ", StringComparison.Ordinal) + 9)..][..3]);
                }
            }

            return Assert.Single(statuses.Distinct());
        }

        public ValueTask DisposeAsync()
        {
            _client.Dispose();
            Socket.Dispose();
            _leave.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Gives a few bytes, and then none for ever.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public EndlessStream()
            : base(new byte[100_000]) // more than a client holds back
        {
        }

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = Read(buffer.Span);
            if (read == 0)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return read;
        }
    }
}
