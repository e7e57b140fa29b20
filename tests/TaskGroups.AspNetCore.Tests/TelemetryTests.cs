using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What metrics, traces and the live page say of requests.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Kind_OfARequestThatStaysConnected_IsConnection()
    {
        Gate reached = new();
        Gate gate = new();
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/feed", async (HttpContext context, ITaskGroup group) =>
        {
            RequestTaskGroup.Of(context)?.StaysConnected = true;
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
