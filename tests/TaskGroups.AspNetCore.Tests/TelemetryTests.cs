using System.Diagnostics;
using System.Diagnostics.Metrics;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What metrics, traces and the live page say of requests.</summary>
public sealed class TelemetryTests
{
    // A request over a real socket, and a call over another one.
    [Fact]
    public async Task Spans_OfARequest_LieBetweenThatOfTheServerAndThoseOfHttpClient()
    {
        using RecordedSpans spans = new("TaskGroups", "Microsoft.AspNetCore", "System.Net.Http");
        await using TestApp test = await TestApp.StartAsync((app, test) =>
        {
            app.MapGet("/stock/{id}", (int id) => id).DisableTaskGroup();
            app.MapGet("/page", async (ITaskGroup group) => await group.Run(
                ct => test.Client.GetStringAsync("/stock/7", ct), "stock")).WithTaskGroup();
        });
        using var caller = new Activity("the caller").Start();

        Assert.Equal("7", await test.Client.GetStringAsync("/page").WithWatchdog());
        await test.FinishedAsync("/page");

        Activity[] ours = [.. spans.All.Where(span => span.TraceId == caller.TraceId)];
        Activity group = ours.Single(span => span.OperationName == "group GET /page");
        Activity child = ours.Single(span => span.OperationName == "child stock");
        Activity request = ours.Single(span => span.SpanId == group.ParentSpanId);
        Activity call = ours.Single(span => span.ParentSpanId == child.SpanId);
        Activity called = ours.Single(span => span.ParentSpanId == call.SpanId);
        Assert.Equal("Microsoft.AspNetCore.Hosting.HttpRequestIn", request.OperationName);
        Assert.Equal(group.SpanId, child.ParentSpanId);
        Assert.Equal("System.Net.Http.HttpRequestOut", call.OperationName);
        Assert.Equal("Microsoft.AspNetCore.Hosting.HttpRequestIn", called.OperationName);
        Assert.Equal(["taskgroups.kind=request", "taskgroups.outcome=succeeded"], RecordedSpans.TagsOf(group));
        Assert.Equal(["taskgroups.kind=request", "taskgroups.outcome=succeeded"], RecordedSpans.TagsOf(child));
    }

    [Fact]
    public async Task Metrics_OfARequest_HaveItsRouteAndNotItsAddress()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/stock/{id}", async (int id, ITaskGroup group) =>
            await group.Run(ct => Task.FromResult(id))).WithTaskGroup());
        using RecordedMetrics seen = new(test.App.Services.GetRequiredService<IMeterFactory>());

        Assert.Equal("7", await test.Client.GetStringAsync("/stock/7").WithWatchdog());
        await test.FinishedAsync("/stock/7");

        Assert.Equal(
            [
                "taskgroups.groups.active {group} 1 kind=request name=GET /stock/{id}",
                "taskgroups.child.duration s kind=request name=GET /stock/{id} outcome=succeeded",
                "taskgroups.groups.active {group} -1 kind=request name=GET /stock/{id}",
                "taskgroups.group.duration s kind=request name=GET /stock/{id} outcome=succeeded",
            ],
            seen.All);
    }

    [Fact]
    public async Task Kind_OfARequestThatStaysConnected_IsConnection()
    {
        Gate reached = new();
        Gate gate = new();
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/feed", async (HttpContext context, ITaskGroup group) =>
        {
            context.Response.ContentType = "text/event-stream";
            Task child = group.Run(ct => gate.WaitAsync(ct), "the child");
            reached.Open();
            await child;
        }).WithTaskGroup());
        Task<HttpResponseMessage> request = test.Client.GetAsync("/feed");
        await reached.WaitAsync().WithWatchdog();

        IReadOnlyList<GroupView> groups = test.App.Services.GetRequiredService<ProcessSnapshotBuilder>().Take().Groups;

        Assert.Equal("connection", Assert.Single(groups, group => group.Name == "GET /feed").Kind);
        gate.Open();
        await request.WithWatchdog();
    }
}
