using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskGroups.Jobs;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

public sealed class MapJobsTests
{
    private readonly Gate _gate = new();
    private readonly Gate _started = new();
    private int _failures;

    [Fact]
    public async Task Get_WhenAJobIsThere_ShowsItAsTheContractSays()
    {
        await using TestApp test = await StartAsync();
        await EnqueueAsync(test, "wait", "job-1");
        await _started.WaitAsync().WithWatchdog();

        JsonElement job = await test.Client.GetFromJsonAsync<JsonElement>("/jobs/job-1");

        Assert.Equal(
            ["id", "name", "state", "attempt", "node", "enqueuedAt", "startedAt", "endedAt", "failureType"],
            job.EnumerateObject().Select(each => each.Name));
        Assert.Equal(("job-1", "work", "running"), (Text(job, "id"), Text(job, "name"), Text(job, "state")));
        Assert.Equal(1, job.GetProperty("attempt").GetInt32());
        Assert.Equal(JsonValueKind.Null, job.GetProperty("endedAt").ValueKind);
        Assert.Equal(JsonValueKind.Null, job.GetProperty("failureType").ValueKind);
        Assert.Equal(HttpStatusCode.NotFound, (await test.Client.GetAsync("/jobs/another")).StatusCode);
        _gate.Open();
    }

    [Fact]
    public async Task Get_WhenAnIdHasASlash_FindsItEscaped()
    {
        await using TestApp test = await StartAsync();
        await EnqueueAsync(test, "", "a/b c");

        JsonElement job = await test.Client.GetFromJsonAsync<JsonElement>("/jobs/a%2Fb%20c");

        Assert.Equal("a/b c", Text(job, "id"));
    }

    [Fact]
    public async Task List_WhenThereAreManyJobs_GivesPagesNewestFirst()
    {
        await using TestApp test = await StartAsync();
        for (int number = 0; number < 103; number++)
        {
            await EnqueueAsync(test, "", $"job-{number}", DateTimeOffset.MaxValue.AddYears(-5));
        }

        HttpResponseMessage first = await test.Client.GetAsync("/jobs?state=waiting&job=work");
        JsonElement[] page = (await first.Content.ReadFromJsonAsync<JsonElement[]>())!;
        string link = first.Headers.GetValues("Link").Single();
        JsonElement[] rest = (await test.Client.GetFromJsonAsync<JsonElement[]>(link[1..link.IndexOf('>', StringComparison.Ordinal)]))!;

        Assert.Equal(Enumerable.Range(3, 100).Reverse().Select(number => $"job-{number}"), page.Select(job => Text(job, "id")));
        Assert.Equal(["job-2", "job-1", "job-0"], rest.Select(job => Text(job, "id")));
        Assert.Empty((await test.Client.GetFromJsonAsync<JsonElement[]>("/jobs?state=failed"))!);
        Assert.Empty((await test.Client.GetFromJsonAsync<JsonElement[]>("/jobs?job=other"))!);
    }

    [Theory]
    [InlineData("/jobs?state=done", "state")]
    [InlineData("/jobs?after=nothing", "after")]
    public async Task List_WhenAParameterIsWrong_Answers400AndNamesIt(string address, string named)
    {
        await using TestApp test = await StartAsync();

        HttpResponseMessage response = await test.Client.GetAsync(address);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(named, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_WhenTheJobRuns_Answers204ThenConflictAndLeavesLinesInTheLog()
    {
        await using TestApp test = await StartAsync();
        await EnqueueAsync(test, "wait", "job-1");
        await _started.WaitAsync().WithWatchdog();

        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(test, "/jobs/job-1/cancel")).StatusCode);
        await test.Log.WaitForAsync(line => line.Message.Contains("'job-1' was canceled", StringComparison.Ordinal)).WithWatchdog();
        await UntilAsync(test, "job-1", JobState.Canceled);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(test, "/jobs/job-1/cancel")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(test, "/jobs/nothing/cancel")).StatusCode);

        LogEntry[] audit = [.. test.Log.Entries.Where(line => line.EventId.Name == "JobAsked")];
        Assert.Equal([204, 409, 404], audit.Select(line => line["Status"]));
        Assert.All(audit, line => Assert.Equal((LogLevel.Information, "cancel"), (line.Level, line["Action"])));
        Assert.Contains("'job-1'", audit[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_WhenTheJobHasFailed_RunsItAgain()
    {
        await using TestApp test = await StartAsync();
        await EnqueueAsync(test, "fail", "job-1");
        await UntilAsync(test, "job-1", JobState.Failed);

        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(test, "/jobs/job-1/retry")).StatusCode);

        await UntilAsync(test, "job-1", JobState.Succeeded);
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(test, "/jobs/job-1/retry")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(test, "/jobs/nothing/retry")).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    public async Task Post_WithoutJson_Answers415AndChangesNothing(string? contentType)
    {
        await using TestApp test = await StartAsync();
        await EnqueueAsync(test, "wait", "job-1");
        await _started.WaitAsync().WithWatchdog();

        using HttpContent? content = contentType is null ? null : new StringContent("", Encoding.UTF8, contentType);
        HttpResponseMessage response = await test.Client.PostAsync("/jobs/job-1/cancel", content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("running", Text(await test.Client.GetFromJsonAsync<JsonElement>("/jobs/job-1"), "state"));
        _gate.Open();
    }

    [Fact]
    public async Task Start_WhenNothingIsSaidOfAuthorization_Fails()
    {
        await using TestApp test = TestApp.Build((app, _) => app.MapJobs(), AddJobs);

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => test.App.StartAsync());

        Assert.Contains("MapJobs().RequireAuthorization", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'/jobs'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WhenJobsAreOpen_Warns()
    {
        await using TestApp test = await StartAsync();

        Assert.Contains(test.Log.Entries, line => line.EventId.Name == "JobsAreOpen" && line["Pattern"] is "/jobs");
    }

    [Fact]
    public async Task Get_WhenThePolicyDenies_IsNotAnswered()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapJobs().RequireAuthorization("nobody"),
            builder =>
            {
                AddJobs(builder);
                builder.Services.AddAuthentication("none").AddCookie("none");
                builder.Services.AddAuthorizationBuilder().AddPolicy("nobody", policy => policy.RequireAssertion(_ => false));
            });

        foreach (string address in (string[])["/jobs", "/jobs/1"])
        {
            HttpResponseMessage response = await test.Client.GetAsync(address);
            Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task MapJobs_WithoutAddJobs_SaysWhatToCall()
    {
        await using TestApp test = TestApp.Build((_, _) => { });

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => test.App.MapJobs());

        Assert.Contains("AddJobs", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LivePage_WhenJobsRunAndWait_ShowsGroupsAndQueues()
    {
        await using TestApp test = await StartAsync();
        await EnqueueAsync(test, "wait", "job-1");
        await _started.WaitAsync().WithWatchdog();
        await EnqueueAsync(test, "", "job-2", DateTimeOffset.MaxValue.AddYears(-5));

        JsonElement snapshot = await test.Client.GetFromJsonAsync<JsonElement>("/taskgroups/snapshot");

        JsonElement group = Assert.Single(snapshot.GetProperty("groups").EnumerateArray(), each => Text(each, "kind") == "job");
        Assert.Equal("work", Text(group, "name"));
        JsonElement queue = Assert.Single(snapshot.GetProperty("queues").EnumerateArray());
        Assert.Equal(("work", 1), (Text(queue, "job"), queue.GetProperty("waiting").GetInt64()));
        Assert.Equal(JsonValueKind.Null, queue.GetProperty("oldestAgeMs").ValueKind);
        _gate.Open();
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static Task<HttpResponseMessage> PostAsync(TestApp test, string address) =>
        test.Client.PostAsync(address, new StringContent("", Encoding.UTF8, "application/json"));

    private static async Task EnqueueAsync(TestApp test, string text, string id, DateTimeOffset? notBefore = null) =>
        await test.App.Services.GetRequiredService<IJobs>().EnqueueAsync(new Work(text), new() { Id = id, NotBefore = notBefore });

    private static async Task UntilAsync(TestApp test, JobId id, JobState state)
    {
        using var watchdog = new CancellationTokenSource(WatchdogExtensions.Limit);
        while ((await test.App.Services.GetRequiredService<IJobs>().FindAsync(id))!.State != state)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), watchdog.Token);
        }
    }

    private void AddJobs(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(this);
        builder.Services.AddAuthorization();
        builder.Services.AddJobs(jobs => jobs.UseInMemory().Add<WorkHandler, Work>("work", job => job.MaxAttempts = 1));
    }

    private Task<TestApp> StartAsync() => TestApp.StartAsync(
        (app, _) =>
        {
            app.MapJobs().AllowAnonymous();
            app.MapTaskGroups().AllowAnonymous();
        },
        AddJobs);

    private sealed record Work(string Text);

    private sealed class WorkHandler(MapJobsTests tests) : IJobHandler<Work>
    {
        public async Task RunAsync(Work job, JobContext context, CancellationToken cancellationToken)
        {
            if (job.Text == "fail" && tests._failures++ == 0)
            {
                throw new InvalidTimeZoneException();
            }

            if (job.Text == "wait")
            {
                tests._started.Open();
                await tests._gate.WaitAsync(cancellationToken);
            }
        }
    }
}
