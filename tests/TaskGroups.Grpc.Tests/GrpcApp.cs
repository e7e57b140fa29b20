using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>An application with a gRPC service on real Kestrel (HTTP/2 without TLS), a client, and everything that was logged.</summary>
internal sealed class GrpcApp : IAsyncDisposable
{
    private readonly GrpcChannel _channel;

    private GrpcApp(WebApplication app, RecordingLogger log)
    {
        App = app;
        Log = log;
        _channel = GrpcChannel.ForAddress(app.Urls.First());
        Client = new Greeter.GreeterClient(_channel);
    }

    public WebApplication App { get; }

    public RecordingLogger Log { get; }

    public Greeter.GreeterClient Client { get; }

    public Trail Trail => App.Services.GetRequiredService<Trail>();

    public Gate Gate => App.Services.GetRequiredService<Gate>();

    /// <summary>The groups of requests that the live page would show.</summary>
    public IReadOnlyList<GroupView> Groups =>
        [.. App.Services.GetRequiredService<ProcessSnapshotBuilder>().Take().Groups.Where(group => group.Kind != "background")];

    /// <summary>Starts an application with <see cref="GreeterService"/>.</summary>
    /// <param name="hasMiddleware">Whether it calls <c>UseRequestTaskGroups</c>.</param>
    /// <param name="limit">What is said of the service's endpoints.</param>
    /// <param name="configure">Adds services.</param>
    /// <param name="isGateOpen">Whether children end at once when they are canceled.</param>
    public static async Task<GrpcApp> StartAsync(
        bool hasMiddleware = false,
        Action<GrpcServiceEndpointConventionBuilder>? limit = null,
        Action<WebApplicationBuilder>? configure = null,
        bool isGateOpen = true)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        RecordingLogger log = new();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        Gate gate = new();
        if (isGateOpen)
        {
            gate.Open();
        }

        builder.Services.AddSingleton<Trail>().AddSingleton(gate);
        builder.Services.AddProblemDetails();
        if (hasMiddleware)
        {
            builder.Services.AddRequestTaskGroups();
        }

        builder.Services.AddGrpc().AddTaskGroups();
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        if (hasMiddleware)
        {
            app.UseExceptionHandler();
            app.UseRequestTaskGroups();
        }

        GrpcServiceEndpointConventionBuilder service = app.MapGrpcService<GreeterService>();
        limit?.Invoke(service);
        await app.StartAsync().WithWatchdog();
        return new GrpcApp(app, log);
    }

    /// <summary>Completes when the server has finished the request, its scope's disposal included.</summary>
    public Task FinishedAsync() => Log
        .WaitForAsync(each => each is { Category: "Microsoft.AspNetCore.Hosting.Diagnostics", EventId.Id: 2 })
        .WithWatchdog();

    /// <summary>Requires that nothing above Information was logged.</summary>
    public void AssertQuiet() => Assert.DoesNotContain(Log.Entries, each => each.Level >= LogLevel.Warning);

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await App.DisposeAsync().AsTask().WithWatchdog();
    }
}
