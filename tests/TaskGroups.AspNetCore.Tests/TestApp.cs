using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>An application on real Kestrel, on a loopback port of the system's choice, with everything it logs.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<RequestEnd>> _ends = [];

    private TestApp(WebApplication app, RecordingLogger log)
    {
        App = app;
        Log = log;
    }

    /// <summary>How a request looked to middleware outside of everything.</summary>
    internal sealed record RequestEnd(int Status, Exception? Exception);

    public WebApplication App { get; }

    public RecordingLogger Log { get; }

    public HttpClient Client { get; private set; } = null!;

    public int Port { get; private set; }

    /// <summary>Steps of the test; services of the application find it in the container.</summary>
    public Trail Trail => App.Services.GetRequiredService<Trail>();

    /// <summary>
    /// Starts an application whose pipeline is: exception handling with problem details, request groups, what the test maps.
    /// </summary>
    /// <param name="map">Maps endpoints.</param>
    /// <param name="configure">Adds services.</param>
    /// <param name="pipeline">Replaces the middleware.</param>
    public static async Task<TestApp> StartAsync(
        Action<WebApplication, TestApp> map,
        Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? pipeline = null)
    {
        TestApp test = Build(map, configure, pipeline);
        await test.App.StartAsync().WithWatchdog();
        test.Port = new Uri(test.App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First())
            .Port;
        test.Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{test.Port}"), Timeout = WatchdogExtensions.Limit };
        return test;
    }

    /// <summary>The same, not started.</summary>
    public static TestApp Build(
        Action<WebApplication, TestApp> map,
        Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? pipeline = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var log = new RecordingLogger();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.Logging.AddFilter(typeof(EndpointChecks).FullName, LogLevel.None); // many tests leave WithTaskGroup() out on purpose
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.None); // the first run on a machine makes keys, and warns
        builder.Services.AddSingleton<Trail>();
        builder.Services.AddProblemDetails();
        builder.Services.AddRequestTaskGroups(options => options.AddPolicy(
            "reports", new RequestTaskGroupPolicy { Timeout = TimeSpan.FromSeconds(5), MaxConcurrency = 4 })); // an action names it
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        var test = new TestApp(app, log);

        app.Use(test.RecordEndAsync);
        if (pipeline is not null)
        {
            pipeline(app);
        }
        else
        {
            app.UseExceptionHandler();
            app.UseRequestTaskGroups();
        }

        map(app, test);
        return test;
    }

    /// <summary>Makes the server speak HTTP/2 only, without TLS.</summary>
    public static void UseHttp2(WebApplicationBuilder builder) =>
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));

    public Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(Port);

    /// <summary>Completes when the request has left the whole pipeline.</summary>
    public Task<RequestEnd> EndOfAsync(string path) => EndFor(path).Task.WithWatchdog();

    /// <summary>Completes when the server has finished the request, its scope's disposal included.</summary>
    public Task FinishedAsync(string path) => Log
        .WaitForAsync(
            each => each is { Category: "Microsoft.AspNetCore.Hosting.Diagnostics", EventId.Id: 2 } && (string?)each["Path"] == path)
        .WithWatchdog();

    /// <summary>Requires that nothing above Information was logged.</summary>
    public void AssertQuiet() => Assert.DoesNotContain(Log.Entries, each => each.Level >= LogLevel.Warning);

    /// <summary>Requires one line of this package at this level, and nothing above it from any package.</summary>
    public LogEntry AssertLoggedOnce(LogLevel level)
    {
        Assert.DoesNotContain(Log.Entries, each => each.Level > level && each.Level >= LogLevel.Warning);
        return Assert.Single(
            Log.Entries, each => each.Level == level && IsOfTheMiddleware(each));
    }

    /// <summary>Whether a line says how a request was answered, rather than what happened in its groups, or that it is under way.</summary>
    public static bool IsOfTheMiddleware(LogEntry line) =>
        line.Category.StartsWith("TaskGroups.AspNetCore.", StringComparison.Ordinal)
        && line.Category != GroupLoggers.RequestCategory
        && line.EventId.Name != "RequestsHoldServer";

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await App.DisposeAsync().AsTask().WithWatchdog();
    }

    private async Task RecordEndAsync(HttpContext context, RequestDelegate next)
    {
        Exception? thrown = null;
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            thrown = exception;
            throw;
        }
        finally
        {
            EndFor(context.Request.Path).TrySetResult(new RequestEnd(context.Response.StatusCode, thrown));
        }
    }

    private TaskCompletionSource<RequestEnd> EndFor(string path) =>
        _ends.GetOrAdd(path, _ => new TaskCompletionSource<RequestEnd>(TaskCreationOptions.RunContinuationsAsynchronously));
}
