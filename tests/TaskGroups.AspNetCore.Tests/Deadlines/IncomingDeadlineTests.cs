using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Deadlines;

/// <summary>What the deadline in a caller's header does to a request, and what becomes of one that cannot be read.</summary>
public sealed class IncomingDeadlineTests
{
    private const string Header = "X-Request-Timeout-Ms";

    // Each endpoint answers with the time that its group has; the policy's limit is 2 s.
    [Theory]
    [InlineData("300", "280")]
    [InlineData("00000300", "280")]
    [InlineData("50", "30")]
    [InlineData("2000", "1980")]
    [InlineData("2020", "2000")]
    [InlineData("99999999", "2000")]
    public async Task Deadline_OfATrustedCaller_ShortensTheLimitLessTheMargin(string header, string left)
    {
        await using TestApp test = await StartAsync(Trust);

        Assert.Equal(left, await GetAsync(test, "/left", header));
        test.AssertQuiet();
    }

    [Theory]
    [InlineData("/unlimited")]
    [InlineData("/disabled")]
    public async Task Deadline_OfARequestWithoutALimit_IsItsLimit(string path)
    {
        await using TestApp test = await StartAsync(Trust);

        Assert.Equal("280", await GetAsync(test, path, "300"));
    }

    // Off by default
    [Theory]
    [InlineData("300")]
    [InlineData("0")]
    public async Task Deadline_WithoutTrust_IsNotRead(string header)
    {
        await using TestApp test = await StartAsync(_ => { });
        using var counted = new IgnoredHeaders(test);

        Assert.Equal("2000", await GetAsync(test, "/left", header));
        Assert.Empty(counted.Why);
    }

    [Fact]
    public async Task Deadline_OfACallerThatIsNotTrusted_IsIgnoredAndCounted()
    {
        await using TestApp test = await StartAsync(deadline => deadline.IsTrusted = static _ => false);
        using var counted = new IgnoredHeaders(test);

        Assert.Equal("2000", await GetAsync(test, "/left", "300"));
        Assert.Equal(["untrusted"], counted.Why);
    }

    [Theory]
    [InlineData("127.0.0.0/8", "280")]
    [InlineData("10.0.0.0/8", "2000")]
    public async Task Deadline_OfACallerOfATrustedNetwork_IsTaken(string network, string left)
    {
        await using TestApp test = await StartAsync(deadline => deadline.TrustedNetworks.Add(IPNetwork.Parse(network)));
        using var counted = new IgnoredHeaders(test);

        Assert.Equal(left, await GetAsync(test, "/left", "300"));
        Assert.Equal(left == "280" ? [] : ["untrusted"], counted.Why);
    }

    // The two add up.
    [Fact]
    public async Task Deadline_OfACallerOfAnotherNetworkThatThePredicateTrusts_IsTaken()
    {
        await using TestApp test = await StartAsync(deadline =>
        {
            Trust(deadline);
            deadline.TrustedNetworks.Add(IPNetwork.Parse("10.0.0.0/8"));
        });

        Assert.Equal("280", await GetAsync(test, "/left", "300"));
    }

    [Fact]
    public async Task Deadline_WhereTheyAreTurnedOff_IsNotRead()
    {
        await using TestApp test = await StartAsync(deadline =>
        {
            Trust(deadline);
            deadline.IsEnabled = false;
        });
        using var counted = new IgnoredHeaders(test);

        Assert.Equal("2000", await GetAsync(test, "/left", "300"));
        Assert.Empty(counted.Why);
    }

    // R39, A13, T7
    [Theory]
    [InlineData("-5")]
    [InlineData("NaN")]
    [InlineData("1e309")]
    [InlineData("9223372036854775808")]
    [InlineData("10000000000000000000000")]
    [InlineData("10,20")]
    [InlineData("+300")]
    [InlineData("300 ms")]
    [InlineData("3.5")]
    [InlineData("0x10")]
    [InlineData("100000000")]
    [InlineData("\u0663\u0660\u0660")]
    [InlineData("8 KB")]
    public async Task Header_ThatIsMalformed_IsIgnoredCountedAndNotLogged(string header)
    {
        string text = header == "8 KB" ? new string('7', 8_000) : header;
        await using TestApp test = await StartAsync(Trust);
        using var counted = new IgnoredHeaders(test);

        Assert.Equal("2000", await GetAsync(test, "/left", text));

        Assert.Equal(["malformed"], counted.Why);
        LogEntry entry = Assert.Single(
            test.Log.Entries, each => each.Message.StartsWith("The deadline in a header", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Debug, entry.Level);
        Assert.DoesNotContain(text, entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_ThatComesTwice_IsIgnoredAndCounted()
    {
        await using TestApp test = await StartAsync(Trust);
        using var counted = new IgnoredHeaders(test);

        using RawConnection connection = await test.ConnectAsync();

        await connection.GetWithHeaderAsync("/left", $"{Header}: 300\r\n{Header}: 300");

        Assert.Equal(("HTTP/1.1 200 OK", "2000"), await connection.ReadAsync());
        Assert.Equal(["repeated"], counted.Why);
    }

    // R39: no header causes an error, or more time than without it
    [Fact]
    public async Task Header_WithRandomBytes_NeverCausesAnErrorNorMoreTime()
    {
        await using TestApp test = await StartAsync(Trust);
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int i = 0; i < 1_000; i++)
        {
            using RawConnection connection = await test.ConnectAsync();

            // What the server lets through: no line breaks, no control characters.
            string value = new([.. Enumerable.Range(0, random.Next(1, 12)).Select(
                _ => (char)(random.Next(3) == 0 ? random.Next(0x20, 0x7f) : '0' + random.Next(10)))]);

            await connection.GetWithHeaderAsync("/left", $"{Header}: {value}");
            (string status, string body) = await connection.ReadAsync();

            bool isRefused = value.Trim() is { Length: > 0 and <= 8 } digits && digits.All(char.IsAsciiDigit)
                && int.Parse(digits, CultureInfo.InvariantCulture) < 50;
            Assert.True(
                status == (isRefused ? "HTTP/1.1 504 Gateway Timeout" : "HTTP/1.1 200 OK"), $"seed {seed}: '{value}' gave {status}");
            Assert.True(
                isRefused || int.Parse(body, CultureInfo.InvariantCulture) is > 0 and <= 2000, $"seed {seed}: '{value}' gave {body}");
        }
    }

    [Theory]
    [InlineData("0", 20)]
    [InlineData("49", 20)]
    [InlineData("60", 60)]
    public async Task Deadline_ThatIsTooShort_IsAnsweredWith504AndTheHandlerNotInvoked(string header, int marginMs)
    {
        await using TestApp test = await StartAsync(deadline =>
        {
            Trust(deadline);
            deadline.Margin = TimeSpan.FromMilliseconds(marginMs);
        });

        using HttpResponseMessage answer = await SendAsync(test, "/left", header);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Empty(test.Trail.Steps);
        Assert.Contains(
            $"The caller of 'HTTP: GET /left' waits {header} ms more",
            test.AssertLoggedOnce(LogLevel.Warning).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadline_ThatIsTooShortWithoutMappedEndings_IsATimeoutException()
    {
        await using TestApp test = await StartAsync(
            Trust, builder => builder.Services.AddRequestTaskGroups(options => options.MapEndings = false));

        using HttpResponseMessage answer = await SendAsync(test, "/left", "10");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.IsType<TimeoutException>((await test.EndOfAsync("/left")).Exception ?? ErrorOf(test));
    }

    // R29, R41
    [Theory]
    [InlineData("/hang")]
    [InlineData("/hang-unlimited")]
    public async Task Deadline_WhenItRunsOut_EndsTheChildrenAndTheMessageSaysWhose(string path)
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(Trust, clock: clock);
        Task<HttpResponseMessage> answer = SendAsync(test, path, "300");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromMilliseconds(279));
        Assert.False(answer.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer.WithWatchdog()).StatusCode);
        Assert.Equal(["started", "TimedOut"], test.Trail.Steps);
        Assert.Contains(
            "was canceled by its caller's deadline, which left it 0.28 s. Running then: 'slow'",
            test.AssertLoggedOnce(LogLevel.Warning).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadline_LongerThanTheLimit_LeavesTheMessageToTheLimit()
    {
        ManualClock clock = new();
        await using TestApp test = await StartAsync(Trust, clock: clock);
        Task<HttpResponseMessage> answer = SendAsync(test, "/hang", "5000");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer.WithWatchdog()).StatusCode);
        Assert.Contains("its timeout of 2 s", test.AssertLoggedOnce(LogLevel.Warning).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x-envoy-expected-rq-timeout-ms", "300", "280")]
    [InlineData("grpc-timeout", "300m", "280")]
    [InlineData("grpc-timeout", "1S", "980")]
    [InlineData("grpc-timeout", "300000u", "280")]
    [InlineData("grpc-timeout", "99999999n", "80")]
    [InlineData("grpc-timeout", "1M", "2000")]
    [InlineData("grpc-timeout", "99999999H", "2000")]
    [InlineData("grpc-timeout", "300", "2000")]
    [InlineData("grpc-timeout", "300s", "2000")]
    [InlineData("grpc-timeout", "m", "2000")]
    [InlineData("grpc-timeout", "123456789n", "2000")]
    public async Task Header_OfEnvoyOrGrpc_IsReadWhereAskedFor(string name, string value, string left)
    {
        await using TestApp off = await StartAsync(Trust);
        await using TestApp on = await StartAsync(deadline =>
        {
            Trust(deadline);
            deadline.ReadEnvoyHeader = true;
            deadline.ReadGrpcTimeout = true;
        });

        Assert.Equal("2000", await GetAsync(off, "/left", name, value));
        Assert.Equal(left, await GetAsync(on, "/left", name, value));
    }

    [Fact]
    public async Task Headers_WhenThereAreSeveral_TheEarliestCounts()
    {
        await using TestApp test = await StartAsync(deadline =>
        {
            Trust(deadline);
            deadline.ReadEnvoyHeader = true;
            deadline.ReadGrpcTimeout = true;
        });
        using HttpRequestMessage request = new(HttpMethod.Get, "/left");
        request.Headers.Add(Header, "900");
        request.Headers.Add("x-envoy-expected-rq-timeout-ms", "400");
        request.Headers.Add("grpc-timeout", "1S");

        using HttpResponseMessage answer = await test.Client.SendAsync(request).WithWatchdog();

        Assert.Equal("380", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task HeaderName_WhenItIsSet_IsReadInPlaceOfTheDefault()
    {
        await using TestApp test = await StartAsync(deadline =>
        {
            Trust(deadline);
            deadline.HeaderName = "X-Time-Left";
        });

        Assert.Equal("280", await GetAsync(test, "/left", "X-Time-Left", "300"));
        Assert.Equal("2000", await GetAsync(test, "/left", "300"));
    }

    public static TheoryData<Action<IncomingDeadlineOptions>, string> BadOptions => new()
    {
        { options => options.HeaderName = " ", "HeaderName is ' '" },
        { options => options.Margin = TimeSpan.FromMilliseconds(-1), "Margin is -00:00:00.0010000" },
        { options => options.Minimum = TimeSpan.FromHours(1), "Minimum is 01:00:00" },
        { options => options.TrustedNetworks = null!, "TrustedNetworks is null" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public async Task Start_WhenOptionsCannotBe_FailsWithTheirName(Action<IncomingDeadlineOptions> configure, string expected)
    {
        await using TestApp test = TestApp.Build(
            (_, _) => { }, builder => builder.Services.AddRequestTaskGroups(options => configure(options.IncomingDeadline)));

        OptionsValidationException thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => test.App.StartAsync());

        Assert.Contains($"RequestTaskGroupOptions.IncomingDeadline.{expected}", thrown.Message, StringComparison.Ordinal);
    }

    internal static void Trust(IncomingDeadlineOptions deadline) => deadline.IsTrusted = static _ => true;

    private static Exception? ErrorOf(TestApp test) => test.Log.Entries.LastOrDefault(each => each.Level == LogLevel.Error)?.Exception;

    private static Task<TestApp> StartAsync(
        Action<IncomingDeadlineOptions> configure, Action<WebApplicationBuilder>? more = null, ManualClock? clock = null)
    {
        TimeSpan limit = TimeSpan.FromSeconds(2);
        return TestApp.StartAsync(
            (app, test) =>
            {
                string Left(ITaskGroup tasks)
                {
                    test.Trail.Add("invoked");
                    return tasks.RemainingTime!.Value.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
                }

                Task Hang(ITaskGroup tasks) => tasks.Run(
                    async ct =>
                    {
                        test.Trail.Add("started");
                        await Task.Delay(Timeout.Infinite, ct).ContinueWith(
                            _ => test.Trail.Add($"{tasks.CancellationReason}"), TaskScheduler.Default);
                        ct.ThrowIfCancellationRequested();
                    },
                    "slow");

                app.MapGet("/left", (ITaskGroup tasks) => Results.Text(Left(tasks))).WithTaskGroup(limit);
                app.MapGet("/unlimited", (ITaskGroup tasks) => Left(tasks));
                app.MapGet("/disabled", (ITaskGroup tasks) => Left(tasks)).DisableTaskGroup();
                app.MapGet("/hang", (ITaskGroup tasks) => Hang(tasks)).WithTaskGroup(limit);
                app.MapGet("/hang-unlimited", (ITaskGroup tasks) => Hang(tasks));
            },
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock ?? new ManualClock());
                builder.Services.AddRequestTaskGroups(options => configure(options.IncomingDeadline));
                more?.Invoke(builder);
            });
    }

    private static Task<string> GetAsync(TestApp test, string path, string value) => GetAsync(test, path, Header, value);

    private static async Task<string> GetAsync(TestApp test, string path, string name, string value)
    {
        using HttpResponseMessage answer = await SendAsync(test, path, name, value);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private static Task<HttpResponseMessage> SendAsync(TestApp test, string path, string value) => SendAsync(test, path, Header, value);

    private static async Task<HttpResponseMessage> SendAsync(TestApp test, string path, string name, string value)
    {
        using HttpClient client = new(new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8 })
        {
            BaseAddress = test.Client.BaseAddress,
        };
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request).WithWatchdog();
    }

    private sealed class IgnoredHeaders : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<string> _why = [];

        public IgnoredHeaders(TestApp test)
        {
            IMeterFactory meters = test.App.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Name: "taskgroups.deadlines.ignored", Unit: "{header}" }
                    && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                foreach (KeyValuePair<string, object?> tag in tags)
                {
                    _why.Enqueue(tag is { Key: "why", Value: string why } && count == 1 ? why : $"{tag}");
                }
            });
            _listener.Start();
        }

        public IEnumerable<string> Why => _why;

        public void Dispose() => _listener.Dispose();
    }
}
