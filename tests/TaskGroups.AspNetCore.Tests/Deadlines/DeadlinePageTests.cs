using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Deadlines;

/// <summary>The code that docs/deadlines.md shows, and what the live page says of deadlines.</summary>
public sealed class DeadlinePageTests
{
    [Fact]
    public async Task LivePage_OfAGroupWithTheDeadlineOfItsCaller_SaysWhoseItIs()
    {
        ManualClock clock = new();
        await using TestApp test = await TestApp.StartAsync(
            (app, test) =>
            {
                app.MapTaskGroups().AllowAnonymous();
                app.MapGet("/work", (ITaskGroup tasks) => tasks.Run(
                    async ct =>
                    {
                        test.Trail.Add("started");
                        await Task.Delay(Timeout.Infinite, ct);
                    },
                    "slow")).WithTaskGroup(TimeSpan.FromSeconds(2));
            },
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.Services.AddRequestTaskGroups(options => IncomingDeadlineTests.Trust(options.IncomingDeadline));
            });
        using HttpRequestMessage request = new(HttpMethod.Get, "/work") { Headers = { { DeadlineRules.HeaderName, "300" } } };
        Task<HttpResponseMessage> answer = test.Client.SendAsync(request);
        await test.Trail.WaitForAsync("started").WithWatchdog();

        JsonElement live = await GroupAsync(test, "/taskgroups/snapshot");
        string text = await test.Client.GetStringAsync("/taskgroups/text").WithWatchdog();
        clock.Advance(TimeSpan.FromMilliseconds(280));
        await answer.WithWatchdog();
        await test.FinishedAsync("/work");
        JsonElement ended = await GroupAsync(test, "/taskgroups/history");

        Assert.Equal("caller", live.GetProperty("limitSetBy").GetString());
        Assert.Equal(280, live.GetProperty("remainingMs").GetInt64());
        Assert.Contains("280 ms left of the caller's deadline", text, StringComparison.Ordinal);
        Assert.Equal("timed_out", ended.GetProperty("reason").GetString());
        Assert.Equal("caller", ended.GetProperty("limitSetBy").GetString());
    }

    [Fact]
    public async Task Deadline_FromOneServiceToTheNext_ArrivesAsThePageSays()
    {
        WebApplicationBuilder callee = WebApplication.CreateBuilder();
        callee.WebHost.UseUrls("http://127.0.0.1:0");

        // <snippet: deadlines-in>
        callee.Services.AddRequestTaskGroups(options => options.IncomingDeadline.IsTrusted =
            context => context.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller));
        // </snippet>

        await using WebApplication prices = callee.Build();
        prices.UseRequestTaskGroups();
        prices.MapGet("/prices/{id:int}", (int id, ITaskGroup tasks) => $"{tasks.RemainingTime < TimeSpan.FromMilliseconds(1_960)}")
            .WithTaskGroup();
        string address = await StartAsync(prices);

        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRequestTaskGroups();

        // <snippet: deadlines-out>
        builder.Services.AddHttpClient("prices", http => http.BaseAddress = new Uri(address))
            .UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = false)
            .AddTaskGroupDeadline();
        // </snippet>

        await using WebApplication app = builder.Build();
        app.UseRequestTaskGroups();
        app.MapGet("/products/{id:int}", (int id, ITaskGroup tasks, IHttpClientFactory clients) => tasks.Run(async ct =>
        {
            using HttpClient client = clients.CreateClient("prices");
            return await client.GetStringAsync($"/prices/{id}", ct);
        })).WithTaskGroup(TimeSpan.FromSeconds(2));
        using HttpClient browser = new() { BaseAddress = new Uri(await StartAsync(app)) };

        // 2 s, less two margins of 20 ms, less the way; the callee's own limit is 100 s.
        Assert.Equal("True", await browser.GetStringAsync("/products/7").WithWatchdog());
    }

    private static async Task<string> StartAsync(WebApplication app)
    {
        await app.StartAsync().WithWatchdog();
        return app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    private static async Task<JsonElement> GroupAsync(TestApp test, string path)
    {
        JsonElement answer = JsonDocument.Parse(await test.Client.GetStringAsync(path).WithWatchdog()).RootElement;
        return Assert.Single(
            answer.GetProperty("groups").EnumerateArray(), group => group.GetProperty("name").GetString() == "GET /work");
    }
}
