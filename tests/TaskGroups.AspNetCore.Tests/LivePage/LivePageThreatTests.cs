using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

// The threats T1 to T6 and T12, and the fault A15, as far as they concern the live page.
public sealed class LivePageThreatTests
{
    private const string Secret = "s3cr3t";

    private static readonly string[] GroupFields =
    [
        "id", "parentId", "kind", "name", "state", "reason", "startedAt", "elapsedMs", "sinceCancellationMs", "remainingMs", "running",
        "waiting",
    ];

    private readonly Gate _gate = new();

    public static TheoryData<string> Addresses => ["", "/snapshot", "/history", "/events", "/text", "/text?watch", "/page.js", "/page.css"];

    // T1
    [Fact]
    public async Task PageThatIsNotMapped_DoesNotExist()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", () => "ok"));

        foreach (string address in Addresses)
        {
            Assert.Equal(HttpStatusCode.NotFound, (await test.Client.GetAsync("/taskgroups" + address)).StatusCode);
        }
    }

    // T1: demanded, but not set up. It fails closed.
    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task AuthorizationThatIsNotSetUp_ShowsNothing(string address)
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapTaskGroups().RequireAuthorization());

        using HttpResponseMessage response = await test.Client.GetAsync("/taskgroups" + address);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain("background", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // T2
    [Fact]
    public async Task Answers_HoldNamesTimesAndTypes_AndNothingOfTheRequest()
    {
        await using TestApp test = await StartAsync();
        using HttpRequestMessage failing = RequestWithSecrets("/fail/");
        (await test.Client.SendAsync(failing)).Dispose();
        using HttpRequestMessage waiting = RequestWithSecrets("/wait/");
        Task<HttpResponseMessage> running = test.Client.SendAsync(waiting);
        await RunsAsync(test, "the child");

        foreach (string address in new[] { "", "/snapshot", "/history", "/text" })
        {
            Assert.DoesNotContain(Secret, await test.Client.GetStringAsync("/taskgroups" + address), StringComparison.Ordinal);
        }

        using JsonDocument snapshot = JsonDocument.Parse(await test.Client.GetStringAsync("/taskgroups/snapshot"));
        AssertFields(snapshot.RootElement, "takenAt", "process", "groups", "children", "queues", "truncated");
        AssertFields(snapshot.RootElement.GetProperty("process"), "name", "startedAt", "state");
        Assert.All(snapshot.RootElement.GetProperty("groups").EnumerateArray(), group => AssertFields(
            group,
            group.GetProperty("kind").GetString() == "background" ? [.. GroupFields, "drainTimeoutMs", "cancelTimeoutMs"] : GroupFields));
        AssertFields(
            snapshot.RootElement.GetProperty("children")[0],
            "groupId", "id", "name", "state", "startedAt", "elapsedMs", "sinceCancellationMs");
        using JsonDocument history = JsonDocument.Parse(await test.Client.GetStringAsync("/taskgroups/history"));
        JsonElement ended = history.RootElement.GetProperty("groups")[0];
        AssertFields(ended, [.. GroupFields, "outcome", "endedAt", "failureType", "canceledBy", "children"]);
        Assert.Equal(typeof(InvalidTimeZoneException).FullName, ended.GetProperty("failureType").GetString());
        AssertFields(ended.GetProperty("children")[0], "id", "name", "startedAt", "elapsedMs", "outcome", "failureType");
        _gate.Open();
        (await running.WithWatchdog()).Dispose();
    }

    // T2: a name that is long is cut.
    [Fact]
    public async Task Names_HaveAtMost128Characters()
    {
        await using TestApp test = await StartAsync(new string('x', 5_000));
        Task<HttpResponseMessage> running = test.Client.GetAsync("/wait/7");
        await RunsAsync(test, "xxx");

        using JsonDocument snapshot = JsonDocument.Parse(await test.Client.GetStringAsync("/taskgroups/snapshot"));

        Assert.InRange(snapshot.RootElement.GetProperty("children")[0].GetProperty("name").GetString()!.Length, 100, 128);
        _gate.Open();
        (await running.WithWatchdog()).Dispose();
    }

    // T3, A15
    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task EveryAddress_AnswersGetAndHeadOnly(string address)
    {
        await using TestApp test = await StartAsync();

        foreach (string method in new[] { "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/taskgroups" + address);
            using HttpResponseMessage response = await test.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal((method, HttpStatusCode.MethodNotAllowed), (method, response.StatusCode));
        }

        using var head = new HttpRequestMessage(HttpMethod.Head, "/taskgroups" + address);
        using HttpResponseMessage headers = await test.Client.SendAsync(head).WithWatchdog();
        Assert.Equal(HttpStatusCode.OK, headers.StatusCode);
        Assert.Equal("", await headers.Content.ReadAsStringAsync());
    }

    // T4: a request from this machine, or for a host that looks like it, is a request like any other.
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("rebound.example")]
    public async Task CallerFromThisMachine_NeedsAuthorizationToo(string host)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapTaskGroups().RequireAuthorization(policy => policy.RequireAssertion(_ => false)),
            builder =>
            {
                builder.Services.AddAuthentication("Session").AddCookie("Session");
                builder.Services.AddAuthorization();
            });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/taskgroups/snapshot") { Headers = { Host = host } };
        request.Headers.Add("X-Forwarded-For", "127.0.0.1");

        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = test.Client.BaseAddress };
        using HttpResponseMessage response = await client.SendAsync(request).WithWatchdog();

        Assert.Equal(HttpStatusCode.Found, response.StatusCode); // to the login page
        Assert.DoesNotContain("takenAt", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // T5
    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task EveryAddress_IsNotStoredAndNotGuessedAt(string address)
    {
        await using TestApp test = await StartAsync();

        using HttpResponseMessage response = await test.Client.GetAsync("/taskgroups" + address, HttpCompletionOption.ResponseHeadersRead);

        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
    }

    // T5
    [Fact]
    public async Task Page_AllowsNothingInlineAndNoFrame()
    {
        await using TestApp test = await StartAsync();
        using HttpResponseMessage page = await test.Client.GetAsync("/taskgroups");

        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
                + "form-action 'none'; frame-ancestors 'none'",
            Assert.Single(page.Headers.GetValues("Content-Security-Policy")));
        string html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotMatch("<script(?![^>]* src=)|<style| style=| on[a-z]+=|javascript:", html);
    }

    // T6
    [Fact]
    public async Task Names_HoldNoControlCharacters()
    {
        await using TestApp test = await StartAsync("a\r\nb\u001b[31m\u2028c\u2029d\u202Ee\u2066f\u0000g\u0085h");
        Task<HttpResponseMessage> running = test.Client.GetAsync("/wait/7");
        await RunsAsync(test, "[31m");

        string text = await test.Client.GetStringAsync("/taskgroups/text");
        using JsonDocument snapshot = JsonDocument.Parse(await test.Client.GetStringAsync("/taskgroups/snapshot"));

        string name = snapshot.RootElement.GetProperty("children")[0].GetProperty("name").GetString()!;
        Assert.All(name, character => Assert.False(char.IsControl(character) || "\u2028\u2029\u202E\u2066".Contains(character)));
        string printed = Assert.Single(text.Split('\n'), line => line.Contains("[31m", StringComparison.Ordinal));
        Assert.Contains(name, printed, StringComparison.Ordinal);
        _gate.Open();
        (await running.WithWatchdog()).Dispose();
    }

    // T12, A15
    [Fact]
    public async Task LargeTree_IsCutAndSaysSo()
    {
        await using TestApp test = await StartAsync(children: 30_000);
        Task<HttpResponseMessage> running = test.Client.GetAsync("/wait/7");
        await RunsAsync(test, "there is more");

        using JsonDocument snapshot = JsonDocument.Parse(await test.Client.GetStringAsync("/taskgroups/snapshot"));

        Assert.True(snapshot.RootElement.GetProperty("truncated").GetBoolean());
        int entries = snapshot.RootElement.GetProperty("groups").GetArrayLength()
            + snapshot.RootElement.GetProperty("children").GetArrayLength();
        Assert.Equal(20_000, entries);
        _gate.Open();
        (await running.WithWatchdog()).Dispose();
    }

    // T12: nesting of groups is not nesting of JSON.
    [Fact]
    public async Task DeepTree_StaysFlat()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            app.MapTaskGroups().AllowAnonymous();
            app.MapGet("/deep", (ITaskGroup tasks) => NestAsync(tasks, 120)).WithTaskGroup();
        });
        Task<HttpResponseMessage> running = test.Client.GetAsync("/deep");
        await RunsAsync(test, "the innermost");

        using JsonDocument snapshot = JsonDocument.Parse(
            await test.Client.GetStringAsync("/taskgroups/snapshot"), new JsonDocumentOptions { MaxDepth = 3 });

        Assert.InRange(snapshot.RootElement.GetProperty("groups").GetArrayLength(), 121, 130);
        _gate.Open();
        (await running.WithWatchdog()).Dispose();

        Task NestAsync(ITaskGroup tasks, int depth) => depth == 0
            ? tasks.Run(ct => _gate.WaitAsync(ct), "the innermost")
            : tasks.RunGroupAsync(inner => NestAsync(inner, depth - 1));
    }

    // T12: however many ask, the process is looked at once in each interval.
    [Fact]
    public async Task ManyReaders_ShareOneSnapshot()
    {
        var clock = new ManualClock();
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapTaskGroups().AllowAnonymous(), builder => builder.Services.AddSingleton<TimeProvider>(clock));

        string[] first = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => test.Client.GetStringAsync("/taskgroups/snapshot")));
        clock.Advance(TimeSpan.FromMilliseconds(499));
        string before = await test.Client.GetStringAsync("/taskgroups/snapshot");
        clock.Advance(TimeSpan.FromMilliseconds(1));
        string after = await test.Client.GetStringAsync("/taskgroups/snapshot");

        Assert.Single(first.Append(before).Distinct());
        Assert.NotEqual(before, after);
    }

    // T12: the history is written once in each interval as well, and not at all while nothing ends.
    [Fact]
    public async Task ManyReaders_ShareOneHistory()
    {
        var clock = new ManualClock();
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                app.MapTaskGroups().AllowAnonymous();
                app.MapGet("/end/{id}", (ITaskGroup tasks) => tasks.Run(ct => Task.CompletedTask)).WithTaskGroup();
            },
            builder => builder.Services.AddSingleton<TimeProvider>(clock));

        string[] first = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => test.Client.GetStringAsync("/taskgroups/history")));
        clock.Advance(TimeSpan.FromMinutes(1));
        string still = await test.Client.GetStringAsync("/taskgroups/history");
        (await test.Client.GetAsync("/end/1").WithWatchdog()).Dispose();
        await test.FinishedAsync("/end/1");
        string after = await test.Client.GetStringAsync("/taskgroups/history");
        (await test.Client.GetAsync("/end/2").WithWatchdog()).Dispose();
        await test.FinishedAsync("/end/2");
        clock.Advance(TimeSpan.FromMilliseconds(499));
        string before = await test.Client.GetStringAsync("/taskgroups/history");
        clock.Advance(TimeSpan.FromMilliseconds(1));
        string last = await test.Client.GetStringAsync("/taskgroups/history");

        Assert.Single(first.Append(still).Distinct());
        Assert.Equal([0, 1, 1, 2], new[] { still, after, before, last }.Select(json => Regex.Count(json, "GET /end/")));
    }

    private static void AssertFields(JsonElement element, params string[] names) =>
        Assert.Equal(names, element.EnumerateObject().Select(property => property.Name));

    private static HttpRequestMessage RequestWithSecrets(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{path}{Secret}?key={Secret}");
        request.Headers.Add("X-Api-Key", Secret);
        request.Headers.Add("Cookie", $"session={Secret}");
        return request;
    }

    /// <summary>Reads the text of the page, again and again, until it contains a name.</summary>
    private static async Task RunsAsync(TestApp test, string name)
    {
        using Stream stream = await test.Client.GetStreamAsync("/taskgroups/text?watch").WithWatchdog();
        using var reader = new StreamReader(stream);
        while (!(await reader.ReadLineAsync().WithWatchdog())!.Contains(name, StringComparison.Ordinal))
        {
        }
    }

    private Task<TestApp> StartAsync(string name = "the child", int children = 1) => TestApp.StartAsync(
        (app, _) =>
        {
            app.MapTaskGroups().AllowAnonymous();
            app.MapGet("/wait/{id}", (ITaskGroup tasks) =>
            {
                for (int child = 0; child < children; child++)
                {
                    tasks.Run(ct => _gate.WaitAsync(ct), name);
                }
            }).WithTaskGroup();
            app.MapGet("/fail/{id}", (string id, ITaskGroup tasks) =>
                tasks.Run(async ct =>
                {
                    await Task.Yield();
                    throw new InvalidTimeZoneException($"{id} {Secret}");
                })).WithTaskGroup();
        },
        builder => builder.Services.Configure<TaskGroupsPageOptions>(
            options => options.RefreshInterval = TimeSpan.FromMilliseconds(100)));
}
