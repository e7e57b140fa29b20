using Microsoft.AspNetCore.Http.Features;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Sub-requests of a batch, which copy the features of the request around them.</summary>
public sealed class SubRequestTests
{
    // R27, R51: each passes the middleware, and has a group and a scope of its own
    [Fact]
    public async Task Group_OfASubRequestThatPassesTheMiddleware_IsItsOwn()
    {
        await using TestApp test = await StartAsync(app =>
        {
            app.Use(BatchAsync);
            app.UseRequestTaskGroups();
            app.UseRouting();
        });

        Assert.Equal("GET /item GET /item True", await test.Client.GetStringAsync("/batch").WithWatchdog());
        Assert.Equal(["child", "disposed", "child", "disposed"], test.Trail.Steps);
        test.AssertQuiet();
    }

    // R27: inside the middleware a sub-request has no group of its own, and the first use says so
    [Fact]
    public async Task Group_OfASubRequestInsideTheMiddleware_IsRefused()
    {
        await using TestApp test = await StartAsync(app =>
        {
            app.UseRequestTaskGroups();
            app.Use(BatchAsync);
            app.UseRouting();
        });

        string answer = await test.Client.GetStringAsync("/batch").WithWatchdog();
        Assert.Contains("sub-request", answer, StringComparison.Ordinal);
    }

    /// <summary>Runs the request twice as a sub-request.</summary>
    internal static async Task RunTwiceAsync(HttpContext context, RequestDelegate next)
    {
        for (int item = 0; item < 2; item++)
        {
            using MemoryStream body = new();
            HttpContext inner = CopyOf(context, context.Request.Path, body);
            await next(inner);
            Assert.Equal(StatusCodes.Status200OK, inner.Response.StatusCode);
        }

        await context.Response.WriteAsync("ok");
    }

    private static DefaultHttpContext CopyOf(HttpContext context, string path, MemoryStream body)
    {
        FeatureCollection features = new();
        foreach ((Type type, object feature) in context.Features)
        {
            features[type] = feature;
        }

        features.Set<IEndpointFeature>(null);
        features.Set<IItemsFeature>(new ItemsFeature());
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = "GET", Path = path });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature { Body = body });
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        return new DefaultHttpContext(features);
    }

    private static async Task BatchAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path != "/batch")
        {
            await next(context);
            return;
        }

        IServiceProvider services = context.RequestServices;
        List<string> answers = [];
        try
        {
            for (int item = 0; item < 2; item++)
            {
                MemoryStream body = new();
                await next(CopyOf(context, "/item", body));
                answers.Add(System.Text.Encoding.UTF8.GetString(body.ToArray()));
            }

            answers.Add(ReferenceEquals(services, context.RequestServices).ToString());
        }
        catch (InvalidOperationException refusal)
        {
            answers.Add(refusal.Message);
        }

        await context.Response.WriteAsync(string.Join(' ', answers));
    }

    private static Task<TestApp> StartAsync(Action<WebApplication> pipeline) => TestApp.StartAsync(
        (app, test) => app.MapGet("/item", async (HttpContext context, ITaskGroup tasks, Visit visit) =>
        {
            Assert.Same(tasks, context.Features.GetRequiredFeature<ITaskGroupFeature>().Group);
            await tasks.Run(_ =>
            {
                visit.Trail.Add("child");
                return Task.CompletedTask;
            });
            return tasks.Name;
        }).WithTaskGroup(),
        builder => builder.Services.AddScoped<Visit>(),
        pipeline);

    private sealed class Visit(Trail trail) : IDisposable
    {
        public Trail Trail => trail;

        public void Dispose() => trail.Add("disposed");
    }
}
